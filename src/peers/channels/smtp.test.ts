import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createSecureContext, TLSSocket } from "node:tls";
import { inspect } from "node:util";
import { DEFAULT_LIMITS, type Limits } from "#limits.ts";
import type { Notice } from "#model/alarm.ts";
import { certificateAuthority } from "../../../test/support/certificate-authority.ts";
import { reachOf } from "../reach.ts";
import { DeliveryError, type Sending } from "./channel.ts";
import { smtp } from "./smtp.ts";

const notice: Notice = {
  id: "notice-1",
  kind: "alarm",
  atMs: Date.UTC(2026, 10, 22),
  title: "späte Sicherung\r\nBcc: victim@example.org",
  text: "Nothing has come.\r\n.\r\nMAIL FROM:<evil@example.org>\n.leading dot",
  alarm: undefined,
  url: undefined,
};

const folder = mkdtempSync(join(tmpdir(), "smtp-"));
let tls: { cert: string; key: string; ca: string };
before(async () => {
  const authority = await certificateAuthority(folder);
  const files = await authority.sign({ file: "mail", subject: "/CN=mail.example", alternative: "DNS:mail.example", usage: "serverAuth" });
  tls = { cert: readFileSync(files.cert, "utf8"), key: readFileSync(files.key, "utf8"), ca: readFileSync(authority.cert, "utf8") };
});
after(() => rmSync(folder, { recursive: true }));

interface SinkOptions {
  /** Offered in the answer to EHLO, STARTTLS aside. */
  readonly auth?: boolean;
  readonly startTls?: boolean;
  /** TLS from the first byte. */
  readonly secure?: boolean;
  /** By the first word of the command, or `greeting` or `data`: what to say in place of yes; empty for nothing at all. */
  readonly answers?: Readonly<Record<string, string>>;
}

/** A mail server that keeps what it is told, and what of it came encrypted. */
async function mailSink({ auth = false, startTls = false, secure = false, answers = {} }: SinkOptions = {}) {
  const commands: { line: string; encrypted: boolean }[] = [];
  const mails: string[] = [];
  const sockets = new Set<Socket>();
  const context = () => ({ isServer: true, secureContext: createSecureContext(tls) });

  const serve = (socket: Socket, greets: boolean) => {
    let mail: string | undefined;
    let rest = "";
    const say = (text: string | undefined, yes: string) => {
      if (text !== "") socket.write(`${text ?? yes}\r\n`);
    };
    const command = (line: string) => {
      const encrypted = socket instanceof TLSSocket;
      commands.push({ line, encrypted });
      const word = (/^\w+/.exec(line)?.[0] ?? "").toUpperCase();
      const offers = ["sink", ...(startTls && !encrypted ? ["STARTTLS"] : []), ...(auth ? ["AUTH PLAIN"] : []), "8BITMIME"];
      const said = word === "RCPT" ? (answers[line] ?? answers[word]) : answers[word];
      if (word === "EHLO") say(said, offers.map((offer, at) => `250${at === offers.length - 1 ? " " : "-"}${offer}`).join("\r\n"));
      else if (word === "STARTTLS" && startTls) {
        say(said, "220 go");
        socket.removeAllListeners("data");
        serve(new TLSSocket(socket, context()), false);
      } else if (word === "DATA") {
        mail = "";
        say(said, "354 go");
      } else if (word === "AUTH") say(said, "235 in");
      else if (word === "QUIT") socket.end("221 bye\r\n");
      else if (word === "STARTTLS") say(said, "502 no such thing");
      else say(said, "250 ok");
    };
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => {
      rest += bytes.toString("utf8");
      for (let end = rest.indexOf("\r\n"); end !== -1; end = rest.indexOf("\r\n")) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (mail === undefined) command(line);
        else if (line !== ".") mail += `${line}\n`;
        else {
          mails.push(mail);
          mail = undefined;
          say(answers["data"], "250 queued");
        }
      }
    });
    if (greets) say(answers["greeting"], "220 sink ESMTP");
  };

  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => undefined));
    serve(secure ? new TLSSocket(socket, context()) : socket, true);
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    commands,
    mails,
    sockets,
    port: (server.address() as AddressInfo).port, // it listens on TCP
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function sendingWith(limits: Partial<Limits> = {}, signal = new AbortController().signal): Sending {
  const way = { reach: reachOf(["loopback"]), resolve: async () => ["127.0.0.1"], limits: { ...DEFAULT_LIMITS, ...limits } };
  return { way: { ...way, authorities: [tls.ca] }, signal, nowMs: 0 };
}

const settingsFor = (port: number, more: Record<string, unknown> = {}) => ({
  host: "mail.example",
  port,
  from: "hub@example.org",
  to: ["one@example.org"],
  ...more,
});

test("mail goes out after STARTTLS, signed in, and nothing of it before", async () => {
  await using sink = await mailSink({ startTls: true, auth: true });
  await smtp.send(notice, settingsFor(sink.port, { user: "hub", password: "hunter2" }), sendingWith());
  assert.equal(sink.mails.length, 1);
  const clear = sink.commands.filter(({ encrypted }) => !encrypted).map(({ line }) => line.split(" ")[0]);
  assert.deepEqual(clear, ["EHLO", "STARTTLS"]);
  const login = sink.commands.find(({ line }) => line.startsWith("AUTH PLAIN"))?.line.split(" ")[2] ?? "";
  assert.equal(Buffer.from(login, "base64").toString(), "\0hub\0hunter2");
});

test("mail goes out over TLS from the first byte, and in clear text where that was asked for", async () => {
  await using secure = await mailSink({ secure: true });
  await smtp.send(notice, settingsFor(secure.port, { security: "tls" }), sendingWith());
  await using clear = await mailSink({ startTls: true });
  await smtp.send(notice, settingsFor(clear.port, { security: "none" }), sendingWith());
  assert.deepEqual([secure.mails.length, clear.mails.length], [1, 1]);
});

test("a title adds no header and no recipient, and a text ends no mail", async () => {
  await using sink = await mailSink();
  await smtp.send(notice, settingsFor(sink.port, { security: "none", to: ["one@example.org", "two@example.org"] }), sendingWith());
  const lines = sink.commands.map(({ line }) => line).filter((line) => /^(MAIL|RCPT)/.test(line));
  assert.match(lines.join("\n"), /^MAIL FROM:<hub@example\.org>.*\nRCPT TO:<one@example\.org>\nRCPT TO:<two@example\.org>$/);
  const [mail = ""] = sink.mails;
  const [head = "", ...body] = mail.split("\n\n");
  assert.equal(sink.mails.length, 1);
  assert.doesNotMatch(head, /^Bcc/im);
  assert.match(head, /^Message-ID: <notice-1@example\.org>$/m);
  assert.match(head, /^Auto-Submitted: auto-generated$/m);
  assert.match(head, /^Subject: =\?UTF-8\?/m);
  assert.match(body.join("\n\n"), /MAIL FROM/);
  assert.match(body.join("\n\n"), /leading dot/);
});

test("where STARTTLS is not offered, is refused or shows a stranger's certificate, no mail goes out", async () => {
  for (const options of [{}, { startTls: true, answers: { STARTTLS: "454 not now" } }]) {
    await using sink = await mailSink({ auth: true, ...options });
    const settings = settingsFor(sink.port, { user: "hub", password: "hunter2" });
    await assert.rejects(smtp.send(notice, settings, sendingWith()), (error: unknown) => error instanceof DeliveryError);
    assert.ok(!sink.commands.some(({ line }) => /^(AUTH|MAIL)/.test(line)));
  }
  await using stranger = await mailSink({ startTls: true, auth: true });
  const { authorities: _, ...way } = sendingWith().way;
  for (const [settings, sending] of [
    [settingsFor(stranger.port), { ...sendingWith(), way }],
    [settingsFor(stranger.port, { host: "other.example" }), sendingWith()],
  ] as const) {
    await assert.rejects(
      smtp.send(notice, settings, sending),
      (error: unknown) => error instanceof DeliveryError && /TLS/.test(error.message),
    );
  }
  assert.ok(!stranger.commands.some(({ line }) => /^(AUTH|MAIL)/.test(line)));
});

test("a refusal that begins with 4 is tried again and one with 5 is not; the password stands in neither", async () => {
  const echo = `${Buffer.from("hunter2").toString("base64")} hunter2 \u001b[2J`;
  const table: [answers: Record<string, string>, retry: boolean][] = [
    [{ greeting: `421 busy ${echo}` }, true],
    [{ greeting: "554 go away" }, false],
    [{ AUTH: `535 wrong ${echo}` }, false],
    [{ AUTH: "454 later" }, true],
    [{ MAIL: "451 later" }, true],
    [{ RCPT: "550 nobody" }, false],
    [{ RCPT: "450 greylisted" }, true],
    [{ data: "452 full" }, true],
    [{ data: "554 spam" }, false],
  ];
  for (const [answers, retry] of table) {
    await using sink = await mailSink({ startTls: true, auth: true, answers });
    const settings = settingsFor(sink.port, { user: "hub", password: "hunter2" });
    await assert.rejects(smtp.send(notice, settings, sendingWith()), (error: unknown) => {
      assert.ok(error instanceof DeliveryError, inspect(error));
      assert.equal(error.retry, retry, `${JSON.stringify(answers)} ${error.message}`);
      assert.match(error.message, new RegExp(`mail\\.example:${sink.port} answered: \\d{3}`));
      assert.doesNotMatch(error.message, /hunter2|aHVudGVyMg|\p{Cc}/u);
      return true;
    });
  }
});

test("when one of two is refused the other has it, and no second try is made", async () => {
  await using sink = await mailSink({ answers: { "RCPT TO:<two@example.org>": "450 later" } });
  const settings = settingsFor(sink.port, { security: "none", to: ["one@example.org", "two@example.org"] });
  await assert.rejects(smtp.send(notice, settings, sendingWith()), { retry: false, message: /refused two@example\.org/ });
  assert.equal(sink.mails.length, 1);
});

test("a server that falls silent is given up wherever it does, and its connection closed", async () => {
  for (const answers of [{ greeting: "" }, { EHLO: "" }, { MAIL: "" }, { data: "" }]) {
    await using sink = await mailSink({ answers });
    const settings = settingsFor(sink.port, { security: "none" });
    await assert.rejects(smtp.send(notice, settings, sendingWith({ outgoingAnswerMs: 150 })), { name: "DeliveryError", retry: true });
    await assert.rejects(smtp.send(notice, settings, sendingWith({ outgoingDeadlineMs: 150 })), { name: "DeliveryError", retry: true });
    const closed = [...sink.sockets].map((socket) => socket.destroyed || new Promise((resolve) => socket.once("close", resolve)));
    await Promise.all(closed);
  }
});

test("whoever calls it off gets his own reason", async () => {
  await using sink = await mailSink({ answers: { EHLO: "" } });
  const why = new Error("shutting down");
  const controller = new AbortController();
  setTimeout(() => controller.abort(why), 50);
  await assert.rejects(smtp.send(notice, settingsFor(sink.port), sendingWith({}, controller.signal)), why);
});

test("an address that may not be called is not called", async () => {
  await using sink = await mailSink();
  const sending = sendingWith();
  const closed = { ...sending, way: { ...sending.way, reach: reachOf(["private"]) } };
  await assert.rejects(smtp.send(notice, settingsFor(sink.port, { security: "none" }), closed), {
    retry: false,
    message: /may not be called/,
  });
  assert.equal(sink.sockets.size, 0);
});

test("settings that would send a password in clear text, or to nobody, are refused", () => {
  const good = settingsFor(25, { user: "hub", password: "p" });
  assert.equal(smtp.settings.safeParse(good).success, true);
  const wrong = [
    { security: "none" },
    { to: [] },
    { to: ["a@b\r\nBcc: c@d"] },
    { from: "a b@c" },
    { host: "a/b" },
    { password: undefined },
    { port: 0 },
  ];
  for (const change of wrong) assert.equal(smtp.settings.safeParse({ ...good, ...change }).success, false, JSON.stringify(change));
});
