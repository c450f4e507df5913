import assert from "node:assert/strict";
import { test } from "node:test";
import { type Log, openLog } from "./log.ts";

function written(format: "json" | "text", use: (log: Log) => void): string {
  const lines: string[] = [];
  use(openLog({ level: "info", format }, (line) => lines.push(line)));
  return lines.join("");
}

test("an event is one line of JSON with a message and named fields", () => {
  const line = JSON.parse(written("json", (log) => log.warn("disk fills", { freeBytes: 5, entry: "main", none: undefined })));
  assert.deepEqual({ ...line, time: 0 }, { level: "warn", time: 0, message: "disk fills", freeBytes: 5, entry: "main" });
  assert.match(line.time, /^\d{4}-\d\d-\d\dT/);
});

test("a worker's lines say whose they are", () => {
  for (const [format, pattern] of [
    ["json", /"worker":7,"port":1/],
    ["text", / ready worker=7 port=1\n$/],
  ] as const) {
    const lines: string[] = [];
    openLog({ level: "info", format, worker: 7 }, (line) => lines.push(line)).info("ready", { port: 1 });
    assert.match(lines.join(""), pattern);
  }
});

test("an event below the level is not written", () => {
  assert.equal(
    written("json", (log) => log.debug("nothing")),
    "",
  );
});

test("a field named like the line's own does not replace it", () => {
  const text = written("json", (log) => log.info("kept", { message: "other", level: 7 }));
  assert.equal(JSON.parse(text).message, "kept");
  assert.equal(text.match(/"level"/g)?.length, 1);
});

test("an event is one line for people, with nothing that could disturb a terminal", () => {
  const text = written("text", (log) =>
    log.info("a\nb", { plain: "x", words: 'say "hi"', odd: "\u001b[2J\u0085\u202e", list: [1, 2], empty: "" }),
  );
  assert.equal(text.split("\n").length, 2);
  assert.match(
    text,
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} info {2}a\\u000ab plain=x words="say \\"hi\\"" odd=\S+ list=\[1,2\] empty=""\n$/,
  );
  assert.doesNotMatch(text.trimEnd(), /[\p{Cc}\u202e]/u);
});

test("no line of the log, JSON or text, holds a character that steers a terminal or turns the direction of writing", () => {
  const steering = "\u001b\u007f\u0085\u009b\u061c\u200e\u200f\u202a\u202e\u2066\u2069\u2028";
  for (const format of ["json", "text"] as const) {
    const text = written(format, (log) => log.info(`said ${steering}`, { [`field${steering}`]: steering }));
    assert.doesNotMatch(text.trimEnd(), /[\p{Cc}\p{Bidi_Control}\u2028]/u, format);
    assert.match(text, /\\u061c/);
    if (format === "json") assert.equal(JSON.parse(text).message, `said ${steering}`);
  }
});

test("secrets do not get into the log, wherever they stand", () => {
  const secret = "hunter2hunter2";
  const basic = Buffer.from(`laptop:${secret}`).toString("base64");
  for (const format of ["json", "text"] as const) {
    const text = written(format, (log) => {
      log.error(`cannot reach postgres://hub:${secret}@db/x`, {
        error: new Error(`GET https://u:${secret}@host/ failed`, { cause: new Error(`sent Authorization: Basic ${basic}`) }),
        Authorization: `Basic ${basic}`,
        headers: { cookie: secret, "set-cookie": [secret], "proxy-authorization": secret, accept: "kept" },
        deep: [{ password: secret, adminPassword: secret, token: secret, url: new URL(`http://u:p@ss${secret}@h/`) }],
        header: `bearer ${basic}`,
      });
    });
    assert.doesNotMatch(text, new RegExp(`${secret}|${basic.slice(0, 12)}`));
    assert.match(text, /kept/);
  }
});

test("an error is written with its stack, its code and its causes, and a huge or endless value is cut", () => {
  const loop: Record<string, unknown> = {};
  loop["self"] = loop;
  const error = Object.assign(new Error("outer", { cause: new Error("inner") }), { code: "ENOSPC" });
  const line = JSON.parse(written("json", (log) => log.error("failed", { error, loop, big: "x".repeat(1e6), when: new Date(Number.NaN) })));
  assert.equal(line.error.code, "ENOSPC");
  assert.match(line.error.stack, /log\.test\.ts/);
  assert.equal(line.error.cause.message, "inner");
  assert.ok(line.big.length < 20_000);
});
