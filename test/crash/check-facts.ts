import { setTimeout as sleep } from "node:timers/promises";
import type { Ledger } from "./ledger.ts";
import type { DiskLook } from "./look-at-disk.ts";
import { RawClient } from "./raw-client.ts";

/** A hub that was killed counts what lies there again by itself; this long it may take. */
const RECOUNT_MS = 20_000;
/** Asked more often, the asking would cost more than what is waited for. */
const LOOK_EVERY_MS = 100;
const PAGE = 200;

/** Asks the hub's API as the local operator. */
export async function askApi(client: RawClient, path: string): Promise<unknown> {
  const reply = await client.send({ method: "GET", target: `/api/v1${path}` });
  if (reply?.status !== 200)
    throw new Error(`GET /api/v1${path}: ${reply?.status ?? "no answer"} ${reply?.body.toString().slice(0, 300) ?? ""}`);
  return JSON.parse(reply.body.toString());
}

interface QuotaAnswer {
  readonly usedBytes: number;
  readonly setAsideBytes: number;
  readonly hardBytes: number | null;
  readonly uncountedRepositories: number;
}

/** The counters come to what lies on the disk, within a time; nothing passes a hard limit. Resolves to what is wrong. */
export async function checkQuotas(mainUrl: string, look: DiskLook, accounts: readonly string[]): Promise<string[]> {
  const problems: string[] = [];
  const client = new RawClient(mainUrl);
  const sizes = [...look.places].filter(([path]) => !path.includes("/locks/"));
  const sumOf = (account: string) =>
    sizes.filter(([path]) => path.startsWith(account)).reduce((sum, [, { sizeBytes }]) => sum + sizeBytes, 0);
  const scopes = [
    ...accounts.map((name) => ({ path: `/quotas/accounts/${name}`, bytes: sumOf(`${name}/`) })),
    { path: "/quotas/hub", bytes: sumOf("") + look.trashBytes },
  ];
  const deadlineMs = performance.now() + RECOUNT_MS;
  for (const { path, bytes } of scopes) {
    for (;;) {
      const { usedBytes, setAsideBytes, hardBytes, uncountedRepositories } = (await askApi(client, path)) as QuotaAnswer; // our own API
      if (hardBytes !== null && bytes > hardBytes) problems.push(`${path}: ${bytes} bytes lie there, ${hardBytes} may`);
      if (usedBytes === bytes && setAsideBytes === 0 && uncountedRepositories === 0) break;
      if (performance.now() > deadlineMs) {
        problems.push(
          `${path}: counts ${usedBytes} bytes and sets ${setAsideBytes} aside, ${bytes} lie there, ${uncountedRepositories} uncounted`,
        );
        break;
      }
      await sleep(LOOK_EVERY_MS);
    }
  }
  client.close();
  return problems;
}

interface OperationAnswer {
  readonly id: number;
  readonly kind: string;
  readonly status: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly account: string | null;
  readonly repository: string | null;
  readonly summary: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface TimelineCheck {
  readonly ledger: Ledger;
  readonly look: DiskLook;
  /** The process that has just started. */
  readonly pid: number;
  /** By the clock, right before it was. */
  readonly startedAtMs: number;
  /** Starts that have said they were ready, this one included. */
  readonly starts: number;
  /** Command lines that were killed: the hub cannot know at once that they will not go on. */
  readonly commandsKilled: number;
}

/** The timeline of a hub that has just started says what happened before it. Resolves to what is wrong. */
export async function checkTimeline(
  mainUrl: string,
  { ledger, look, pid, startedAtMs, starts, commandsKilled }: TimelineCheck,
): Promise<string[]> {
  const problems: string[] = [];
  const client = new RawClient(mainUrl);
  const running = await listLines(client, "status=running");
  for (const { id, kind, startedAt, summary } of running) {
    if (commandsKilled > 0 && kind.startsWith("trash.")) continue;
    // A restic that outlived the hub goes on with this one.
    if (Date.parse(startedAt) < startedAtMs) problems.push(`timeline: line ${id}, ${kind}, still runs: ${summary}`);
  }
  for (const deadlineMs = performance.now() + RECOUNT_MS; ; await sleep(LOOK_EVERY_MS)) {
    const started = await listLines(client, "kind=hub.started");
    if (started.length > starts) problems.push(`timeline: ${started.length} starts, and there were ${starts}`);
    if (started.some(({ details }) => details["pid"] === pid)) break;
    if (performance.now() > deadlineMs) {
      problems.push(`timeline: nothing about the start of process ${pid}`);
      break;
    }
  }
  for (const line of await listLines(client, "kind=backup.arrived&status=succeeded")) problems.push(...checkBackup(line, ledger, look));
  client.close();
  return problems;
}

function checkBackup({ id, repository, details, summary, startedAt, endedAt }: OperationAnswer, ledger: Ledger, look: DiskLook): string[] {
  const problems: string[] = [];
  const snapshot = details["snapshot"];
  const path = `${repository?.slice(1)}snapshots/${String(snapshot)}`;
  const isThere = look.places.has(path) || look.trash.has(path);
  if (typeof snapshot !== "string" || ledger.find(path) === undefined || !isThere) {
    problems.push(`timeline: line ${id} tells of snapshot ${String(snapshot)}, which nobody has stored: ${summary}`);
  }
  const added = Number(details["addedBytes"] ?? 0);
  let known = 0;
  for (const entry of ledger.all()) {
    if (entry.path.startsWith(repository?.slice(1) ?? "")) known += (entry.sizeBytes ?? 0) * ledger.requestsOf(entry.path);
  }
  if (!(added >= 0) || added > known) problems.push(`timeline: line ${id} tells of ${added} bytes, ${known} were sent: ${summary}`);
  if (endedAt === null || Date.parse(endedAt) < Date.parse(startedAt)) problems.push(`timeline: line ${id} ends before it begins`);
  return problems;
}

async function listLines(client: RawClient, query: string): Promise<readonly OperationAnswer[]> {
  const lines: OperationAnswer[] = [];
  for (let next: string | null = ""; next !== null; ) {
    const cursor: string = next === "" ? "" : `&cursor=${next}`;
    const page = (await askApi(client, `/operations?limit=${PAGE}&${query}${cursor}`)) as { items: OperationAnswer[]; next: string | null };
    lines.push(...page.items);
    next = page.next;
  }
  return lines;
}
