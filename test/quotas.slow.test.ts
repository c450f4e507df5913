import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { loadConfig } from "#config.ts";
import { listQuotaProcesses } from "#db/quota-processes.ts";
import { recountRepository } from "#domain/quotas/recount-repository.ts";
import { setQuota } from "#domain/quotas/set-quota.ts";
import { showQuota } from "#domain/quotas/show-quota.ts";
import { openCore, startHub } from "#hub.ts";
import { openLog } from "#lib/log.ts";
import { OPERATOR } from "#model/actor.ts";
import { findPostgres, type PostgresServer, startPostgres } from "./support/postgres.ts";
import { tempFolder } from "./support/temp-folder.ts";

const CHILD = join(import.meta.dirname, "support", "quota-child.ts");
const HARD_BYTES = 3_000_000;
const LARGEST = 40_000;

/** Everything that is waited for, shorter. */
const QUICK = {
  "limits.quotaLeaseMs": "3000",
  "limits.quotaFlushMs": "100",
  "limits.quotaHandBackMs": "500",
  "limits.quotaCountWaitMs": "500",
};

const noPostgres = findPostgres() === undefined ? "PostgreSQL is not installed here (Debian: apt-get install postgresql)" : false;
let starting: Promise<PostgresServer> | undefined;
after(async () => await (await starting)?.[Symbol.asyncDispose]());

for (const engine of ["sqlite", "postgres"] as const) {
  const options = { skip: engine === "postgres" ? noPostgres : false, timeout: 120_000 };

  test(`HB-8, ${engine}: two processes that fill one quota at once pass it by no byte, and leave no room unused`, options, async () => {
    await using place = await openPlace(engine);
    const children = [place.start("one"), place.start("two")];
    const stored = await Promise.all(children.map(({ result }) => result));
    const bytes = bytesOnDisk(place.data);
    assert.equal(
      stored.reduce((sum, count) => sum + count, 0),
      bytes,
    );
    assert.ok(stored.every((count) => count > 0));
    assert.ok(bytes <= HARD_BYTES && bytes > HARD_BYTES - LARGEST, `${bytes} bytes were stored`);
    await using core = await openCore(place.config, place.log);
    const { usedBytes, drawnBytes } = await showQuota(core, { scope: { kind: "hub" } });
    assert.deepEqual({ usedBytes, drawnBytes }, { usedBytes: bytes, drawnBytes: 0 });
    assert.deepEqual(await listQuotaProcesses(core.database.read), []);
  });

  test(`${engine}: after a process was killed no quota is passed, and once it is counted again no room is lost`, options, async () => {
    await using place = await openPlace(engine);
    const killed = place.start("killed");
    while (bytesOnDisk(place.data) < HARD_BYTES / 10) await sleep(5);
    killed.child.kill("SIGKILL");
    await once(killed.child, "close");
    await place.start("next").result;
    assert.ok(bytesOnDisk(place.data) <= HARD_BYTES);

    await using hub = await startHub(place.config, place.log);
    const { core } = hub;
    // With a server's database others may be at work, so the dead one is known by its silence.
    for (const deadlineMs = performance.now() + 20_000; (await listQuotaProcesses(core.database.read)).length > 1; await sleep(100)) {
      assert.ok(performance.now() < deadlineMs, "the dead process was not buried");
    }
    for (const path of ["killed", "next"]) await recountRepository(core, { path, hubRuns: true }, AbortSignal.timeout(60_000));
    const { usedBytes, drawnBytes } = await showQuota(core, { scope: { kind: "hub" } });
    assert.deepEqual({ usedBytes, drawnBytes }, { usedBytes: bytesOnDisk(place.data), drawnBytes: 0 });
    await place.start("last").result;
    const bytes = bytesOnDisk(place.data);
    assert.ok(bytes <= HARD_BYTES && bytes > HARD_BYTES - LARGEST, `${bytes} bytes were stored`);
  });
}

/** An empty hub with a quota, and processes to fill it. */
async function openPlace(engine: "sqlite" | "postgres") {
  const folder = await tempFolder();
  const data = join(folder.path, "data");
  const flags: Record<string, string> = {
    data,
    "listen.main": "127.0.0.1:0",
    "listen.restic": "127.0.0.1:0",
    "listen.restbackup": "off",
    ...QUICK,
  };
  if (engine === "postgres") {
    starting ??= startPostgres();
    flags["databaseUrl"] = await (await starting).createDatabase();
  }
  const config = loadConfig({ flags, environment: {}, workingDirectory: folder.path });
  const log = openLog({ level: "error", format: "text" }, () => undefined);
  {
    await using core = await openCore(config, log);
    await setQuota(core, OPERATOR, { scope: { kind: "hub" }, hardBytes: HARD_BYTES });
  }
  const start = (name: string) => {
    const child = spawn(process.execPath, [CHILD, JSON.stringify(flags), name], { stdio: ["ignore", "pipe", "inherit"] });
    return { child, result: resultOf(child) };
  };
  return { data, config, log, start, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

/** What it says last: how many bytes it has stored. */
async function resultOf(child: ChildProcessByStdio<null, Readable, null>): Promise<number> {
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (said: string) => {
    text += said;
  });
  const [code] = await once(child, "close");
  if (child.signalCode === null) assert.equal(code, 0);
  return Number(text.trim().split("\n").at(-1));
}

function bytesOnDisk(data: string): number {
  const root = join(data, "files", "restic");
  const files = globSync("*/data/**", { cwd: root }).map((path) => statSync(join(root, path)));
  return files.reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0);
}
