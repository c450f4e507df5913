import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { resticClient, withoutRestic } from "./clients/restic.ts";
import { testEnvironment } from "./clients/run-program.ts";
import { httpRequest, randomObject } from "./support/http-request.ts";
import { type RunningHub, startHub } from "./support/start-hub.ts";

const VERSION = "0.19.1";
const COMMAND_LINE = fileURLToPath(new URL("../cli/main.ts", import.meta.url));

interface Line {
  readonly id: number;
  readonly change: number;
  readonly kind: string;
  readonly status: string;
  readonly summary: string;
  readonly account?: string;
  readonly repository?: string;
  readonly details: Readonly<Record<string, unknown>>;
}

test("the timeline tells what a real restic does as a story, in order, and another process sees it happen", {
  skip: withoutRestic(VERSION),
}, async () => {
  await using hub = await startHub();
  const { url } = await hub.addAccount("laptop");
  await using follower = await follow(hub);
  const cwd = join(hub.folder, "work");
  await mkdir(join(cwd, "tree"), { recursive: true });
  const restic = resticClient({ version: VERSION, repository: `rest:${url}`, cwd });

  await restic(["init"]);
  await writeFile(join(cwd, "tree", "notes"), randomObject(2_000_000).bytes);
  await restic(["backup", "tree"]);
  await restic(["backup", "tree"]);
  await writeFile(join(cwd, "tree", "notes"), randomObject(1_000_000).bytes);
  await restic(["backup", "tree"]);
  await restic(["tag", "--add", "important", "latest"]);
  await restic(["check"]);
  await restic(["forget", "--keep-last", "1", "--prune"]);
  await writeFile(join(cwd, "new-password"), "another password\n");
  await restic(["key", "passwd", "--new-password-file", join(cwd, "new-password")]);
  await resticClient({ version: VERSION, repository: `rest:${url.replace("/laptop/", "/other/")}`, cwd })(["snapshots"], {
    expectFailure: true,
  });
  await hub.stop();

  const all = await timeline(hub);
  assert.equal(all.filter(({ kind, account }) => kind === "signin.succeeded" && account === "laptop").length, 1);
  const lines = all.filter(({ kind }) => kind !== "signin.succeeded"); // which is written a moment later, among the others
  assert.deepEqual(
    lines.map(({ kind, status, summary }) => `${kind} ${status}: ${plain(summary)}`),
    [
      "hub.started succeeded: Holdfast started",
      "settings.changed succeeded: Account laptop was made",
      "repository.created succeeded: Repository /laptop/ was seen for the first time",
      "key.changed succeeded: A key was added",
      "backup.arrived succeeded: A backup arrived: N packs and N index (SIZE), snapshot ID",
      "backup.arrived succeeded: A backup arrived: nothing new, snapshot ID",
      "backup.arrived succeeded: A backup arrived: N packs and N index (SIZE), snapshot ID",
      "snapshot.rewritten succeeded: N snapshot was rewritten, no new data",
      "cleanup.run succeeded: Clean-up",
      "key.changed succeeded: A key was replaced",
      "request.refused refused: Refused HEAD config: laptop has no role on /other/",
      "hub.stopped succeeded: Holdfast stopped",
    ],
  );
  const cleanup = lines.find(({ kind }) => kind === "cleanup.run");
  assert.equal(cleanup?.details["removedSnapshots"], 2);
  assert.ok(Number(cleanup?.details["removedBytes"]) > 1_900_000);
  const backup = lines.find(({ kind }) => kind === "backup.arrived");
  assert.ok(Number(backup?.details["addedBytes"]) > 2_000_000);
  assert.deepEqual([backup?.account, backup?.repository], ["laptop", "/laptop/"]);

  // The other process has seen every change once and in order, and the last state of each line.
  const followed = await follower.until(({ kind }) => kind === "hub.stopped");
  const changes = followed.map(({ change }) => change);
  assert.deepEqual(
    changes,
    [...new Set(changes)].sort((one, other) => one - other),
  );
  const last = new Map(followed.map((line) => [line.id, line.summary]));
  assert.deepEqual(
    lines.map(({ id }) => last.get(id)),
    lines.map(({ summary }) => summary),
  );
});

test("a hub that is killed while a backup arrives tells so when it starts again", async () => {
  await using hub = await startHub();
  const { password } = await hub.addAccount("laptop");
  const credentials = { login: "laptop", secret: password };
  const { id, bytes } = randomObject(300_000);
  assert.equal((await httpRequest(hub.url.restic, "POST", `/laptop/data/${id}`, { credentials, body: bytes })).status, 200);
  await until(async () => (await timeline(hub, "--kind", "backup.arrived"))[0]?.status === "running");
  await hub.kill();
  assert.equal((await timeline(hub, "--kind", "backup.arrived"))[0]?.status, "running");
  await hub.restart();
  const lines = (await timeline(hub)).filter(({ kind }) => kind !== "signin.succeeded");
  assert.deepEqual(
    lines.map(({ kind, status }) => `${kind} ${status}`),
    [
      "hub.started succeeded",
      "settings.changed succeeded",
      "repository.created succeeded",
      "backup.arrived interrupted",
      "hub.started succeeded",
    ],
  );
});

test("a lock that nobody renews is told of once, also by a hub that is started again", async () => {
  await using hub = await startHub({ config: { limits: { lockStaleMs: 3000 } } });
  const { password } = await hub.addAccount("laptop");
  const credentials = { login: "laptop", secret: password };
  const [old, fresh] = [randomObject(150), randomObject(150)];
  for (const { id, bytes } of [old, fresh]) {
    assert.equal((await httpRequest(hub.url.restic, "POST", `/laptop/locks/${id}`, { credentials, body: bytes })).status, 200);
  }
  const path = join(hub.data, "files", "restic", "laptop", "locks", old.id);
  await utimes(path, new Date(), new Date(Date.now() - 45 * 60_000));
  await httpRequest(hub.url.restic, "DELETE", `/laptop/locks/${fresh.id}`, { credentials });
  await until(async () => (await timeline(hub, "--kind", "lock.stale")).length > 0);
  await hub.restart();
  await sleep(2500);
  const lines = await timeline(hub, "--kind", "lock.stale");
  assert.deepEqual(
    lines.map(({ status, summary, details }) => [status, summary, details["lock"]]),
    [["warning", "A lock has not been renewed for 45 minutes; restic unlock takes it away", old.id]],
  );
});

test("holdfast operations shows what was asked for, and says what is wrong with a question", async () => {
  await using hub = await startHub();
  await hub.addAccount("laptop");
  await hub.addAccount("nas");
  assert.deepEqual(
    (await timeline(hub, "--account", "NAS")).map(({ summary }) => summary),
    ["Account nas was made"],
  );
  assert.equal((await timeline(hub, "--limit", "1"))[0]?.summary, "Account nas was made", "the newest");
  assert.deepEqual(await timeline(hub, "--until", "2020-01-01"), []);
  assert.equal((await timeline(hub, "--since", "1h", "--kind", "hub.started", "settings.changed")).length, 3);
  const table = (await hub.cli(["operations"])).stdout;
  assert.match(table, /^ID +TIME \(UTC\) +WHAT +STATUS +WHO +REPOSITORY +SUMMARY\n1 .*hub\.started/);
  assert.match((await hub.cli(["operation", "show", "2"])).stdout, /^Account laptop was made\n\nwhat +settings\.changed, succeeded\n/);
  assert.match((await hub.cli(["operation", "show", "99"], { expectFailure: true })).stderr, /no such line/);
  assert.match((await hub.cli(["operations", "--since", "yesterday"], { expectFailure: true })).stderr, /90m, 12h, 2d/);
  assert.match((await hub.cli(["operations", "--kind", "nonsense"], { expectFailure: true })).stderr, /backup\.arrived/);
});

async function timeline(hub: RunningHub, ...args: string[]): Promise<Line[]> {
  return JSON.parse((await hub.cli(["operations", "--json", ...args])).stdout) as Line[];
}

/** `holdfast operations --follow --json` in a process of its own. */
async function follow(hub: RunningHub) {
  const args = [COMMAND_LINE, "operations", "--follow", "--json", "--data", hub.data];
  const child = spawn(process.execPath, args, { env: testEnvironment({}), stdio: ["ignore", "pipe", "inherit"], timeout: 120_000 });
  const lines: Line[] = [];
  const reading = createInterface({ input: child.stdout }).on("line", (line) => lines.push(JSON.parse(line) as Line));
  await once(reading, "line");
  return {
    async until(isLast: (line: Line) => boolean): Promise<readonly Line[]> {
      await until(async () => lines.some(isLast));
      return lines;
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGINT");
      if (child.exitCode === null) await once(child, "close");
      assert.equal(child.exitCode, 0, "Ctrl+C ends it well");
    },
  };
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + 20_000;
  while (!(await isSo())) {
    assert.ok(performance.now() < deadlineMs, "it never came");
    await sleep(100);
  }
}

/** The sentence with what differs from run to run taken out. */
function plain(summary: string): string {
  return summary
    .replace(/^Holdfast started: .*/, "Holdfast started")
    .replace(/^Clean-up: .*/, "Clean-up")
    .replace(/\([\d.]+ [KMG]?i?B\)/, "(SIZE)")
    .replace(/snapshot [0-9a-f]{8}$/, "snapshot ID")
    .replace(/\b\d+ (packs?|index|indexes|snapshots?)\b/g, "N $1");
}
