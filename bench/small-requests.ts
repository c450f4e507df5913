import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { httpRequest, randomObject } from "../test/support/http-request.ts";
import { startHub } from "../test/support/start-hub.ts";
import { type Load, type LoadResult, runLoad } from "./http-load.ts";

const ROOT = resolve(import.meta.dirname, "..");
const OBJECTS = 64;
const OBJECT_BYTES = 4096;
const CONNECTIONS = 16;

/**
 * Small requests of this tree beside an older revision of it: GET, HEAD and a range of 4 KiB objects over 16 connections. Both hubs run
 * at once, each with its own data, and take turns; of each round the ratio of the two counts, so that a machine whose speed drifts
 * does not decide.
 */
export async function smallRequests(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { against: { type: "string" }, rounds: { type: "string", default: "7" }, ms: { type: "string", default: "1500" } },
  });
  if (values.against === undefined)
    throw new Error("--against names the revision to compare with: npm run bench -- small-requests --against v0.1.0");
  await using stack = new AsyncDisposableStack();
  const older = stack.use(checkOut(values.against));
  const now = stack.use(await openSide(ROOT));
  const before = stack.use(await openSide(older.folder));

  process.stdout.write(`small requests, 4 KiB, ${CONNECTIONS} connections; this tree / ${values.against}\n`);
  for (const kind of ["GET", "HEAD", "range"] as const) {
    const rounds = [];
    for (let round = 0; round < Number(values.rounds); round += 1) {
      const order = round % 2 === 0 ? [now, before] : [before, now];
      const results = new Map<Side, Measured>();
      for (const side of order) results.set(side, await measure(side, kind, Number(values.ms)));
      rounds.push({ now: results.get(now) as Measured, before: results.get(before) as Measured }); // both were just set
    }
    report(kind, rounds);
  }
}

interface Side extends AsyncDisposable {
  readonly url: URL;
  readonly pid: number;
  readonly requests: (kind: "GET" | "HEAD" | "range") => readonly Buffer[];
}

interface Measured extends LoadResult {
  readonly cpuMicros: number;
}

async function openSide(tree: string): Promise<Side> {
  const hub = await startHub({ tree });
  const { password } = await hub.addAccount("laptop");
  const credentials = { login: "laptop", secret: password };
  const ids: string[] = [];
  for (let count = 0; count < OBJECTS; count += 1) {
    const { id, bytes } = randomObject(OBJECT_BYTES);
    const { status } = await httpRequest(hub.url.restic, "POST", `/laptop/data/${id}`, { body: bytes, credentials });
    if (status !== 200) throw new Error(`An object was not stored: ${status}`);
    ids.push(id);
  }
  const url = new URL(hub.url.restic);
  const authorization = `Basic ${Buffer.from(`laptop:${password}`).toString("base64")}`;
  const requests = (kind: "GET" | "HEAD" | "range") =>
    ids.map((id) =>
      Buffer.from(
        `${kind === "HEAD" ? "HEAD" : "GET"} /laptop/data/${id} HTTP/1.1\r\nHost: ${url.host}\r\nAuthorization: ${authorization}\r\n${
          kind === "range" ? "Range: bytes=1024-2047\r\n" : ""
        }\r\n`,
      ),
    );
  return { url, pid: hub.pid, requests, [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose]() };
}

async function measure(side: Side, kind: "GET" | "HEAD" | "range", ms: number): Promise<Measured> {
  const expect = { GET: [200, OBJECT_BYTES], HEAD: [200, 0], range: [206, 1024] }[kind] as [number, number]; // a row of the table
  const load: Load = {
    host: side.url.hostname,
    port: Number(side.url.port),
    requests: side.requests(kind),
    connections: CONNECTIONS,
    ms,
    expect: { status: expect[0], bodyBytes: expect[1], ...(kind === "HEAD" && { contentLength: OBJECT_BYTES }) },
  };
  const cpuBefore = cpuSecondsOf(side.pid);
  const result = await runLoad(load);
  return { ...result, cpuMicros: ((cpuSecondsOf(side.pid) - cpuBefore) * 1e6) / result.count };
}

function report(kind: string, rounds: readonly { readonly now: Measured; readonly before: Measured }[]): void {
  const of = (pick: (round: (typeof rounds)[number]) => number) => rounds.map(pick).sort((one, other) => one - other);
  const line = (values: readonly number[], digits: number) =>
    `${median(values).toFixed(digits)} (${(values[0] ?? 0).toFixed(digits)} to ${(values.at(-1) ?? 0).toFixed(digits)})`;
  process.stdout.write(
    `  ${kind.padEnd(6)} rate ratio ${line(
      of(({ now, before }) => now.perSecond / before.perSecond),
      3,
    )}, CPU per request ratio ${line(
      of(({ now, before }) => now.cpuMicros / before.cpuMicros),
      3,
    )}; now ${median(of(({ now }) => now.perSecond)).toFixed(0)}/s, ${median(of(({ now }) => now.cpuMicros)).toFixed(0)} us of CPU, p99 ${median(
      of(({ now }) => now.p99Ms),
    ).toFixed(2)} ms\n`,
  );
}

function median(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Processor time of a process and all its threads so far, from Linux's `/proc`. */
function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100; // user and system time in hundredths of a second (proc(5))
}

/** The tree of a revision in a folder of its own, with the packages of this one. */
function checkOut(revision: string): Disposable & { readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  const tree = join(folder, "tree");
  execFileSync("git", ["worktree", "add", "--detach", "--quiet", tree, revision], { cwd: ROOT });
  symlinkSync(join(ROOT, "node_modules"), join(tree, "node_modules"));
  return {
    folder: tree,
    [Symbol.dispose]() {
      execFileSync("git", ["worktree", "remove", "--force", tree], { cwd: ROOT });
      rmSync(folder, { recursive: true });
    },
  };
}
