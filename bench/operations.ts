import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Database, openDatabase } from "#db/database.ts";
import { DEFAULT_LIMITS } from "#limits.ts";
import type { Actor } from "#model/actor.ts";
import type { NewOperation, OperationKind, OperationStatus } from "#model/operation.ts";
import type { OperationFilter } from "#model/operation-filter.ts";
import { startPostgres } from "../test/support/postgres.ts";
import type { Bench } from "./main.ts";

const PAGE = 50;
const BATCH = 1000;
const MINUTE_MS = 60_000;
const FIRST_MS = Date.UTC(2025, 0, 1);

/**
 * How long a page of the timeline takes, for every combination of filters with a common, a rare and an absent value each:
 * `npm run bench -- operations --rows 1000000 [--engine sqlite|postgres] [--rounds 100] [--every 1] [--all]`; `--every 5` takes each
 * fifth combination.
 */
export const benchOperations: Bench = async (args) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rows: { type: "string", default: "1000000" },
      engine: { type: "string", default: "sqlite" },
      rounds: { type: "string", default: "100" },
      every: { type: "string", default: "1" },
      all: { type: "boolean" },
    },
  });
  const rows = Number(values.rows);
  const rounds = Number(values.rounds);
  await using place = await openPlace(values.engine);
  const { database } = place;
  const filledAtMs = performance.now();
  for (let first = 0; first < rows; first += BATCH) {
    const lines = Array.from({ length: Math.min(BATCH, rows - first) }, (_, index) => lineOf(first + index, rows));
    await database.write("writeTimeline", { lines, updates: [], process: "bench/1", nowMs: FIRST_MS + (first + BATCH) * MINUTE_MS });
  }
  const seconds = (performance.now() - filledAtMs) / 1000;
  print(`${values.engine}: ${rows} lines written in ${seconds.toFixed(0)} s${place.describe()}`);

  const combinations = combine(rows).filter((_, place) => place % Number(values.every) === 0);
  print(`${combinations.length} combinations, ${rounds} pages of ${PAGE} lines each; ms, the slowest by p99 first\n`);
  for (let warming = 0; warming < 300; warming += 1)
    await database.list("listOperations", { filter: combinations[warming]?.filter ?? {}, limit: PAGE });
  const results = [];
  for (const { name, filter } of combinations) results.push({ name, ...(await measure(database, filter, { rows, rounds })) });
  results.sort((one, other) => other.p99 - one.p99);
  print("   p50    p99  lines  pages to the end  filter");
  for (const { name, p50, p99, lines, pages } of values.all === true ? results : results.slice(0, 40)) {
    print(`${p50.toFixed(2).padStart(6)} ${p99.toFixed(2).padStart(6)} ${String(lines).padStart(6)}  ${pages.padStart(16)}  ${name}`);
  }
  const slow = results.filter(({ p99 }) => p99 >= 20);
  print(`\n${slow.length} of ${results.length} combinations have a p99 of 20 ms or more`);
};

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function openPlace(engine: string) {
  const stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "facts.sqlite");
  const url = engine === "postgres" ? stack.use(await startPostgres()).url : "";
  const options = engine === "postgres" ? ({ kind: "postgres", url } as const) : ({ kind: "sqlite", file } as const);
  const database: Database = stack.use(await openDatabase({ ...options, limits: DEFAULT_LIMITS }));
  const describe = () => (engine === "postgres" ? "" : `, ${(statSync(file).size / 1024 / 1024).toFixed(0)} MiB`);
  return { database, describe, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** A year and more of a hub with 200 accounts: half of the lines are backups, some kinds and failures are rare, and one account does most. */
function lineOf(index: number, rows: number): NewOperation {
  const dice = random(index);
  const number = dice < 0.3 ? 0 : Math.floor(dice * 199);
  const account = `account${number}`;
  const second = random(index + 7_000_000);
  const kind: OperationKind =
    second < 0.5
      ? "backup.arrived"
      : second < 0.7
        ? "signin.succeeded"
        : second < 0.9
          ? "request.refused"
          : second < 0.99
            ? "cleanup.run"
            : "settings.changed";
  const usual: OperationStatus =
    kind === "request.refused" ? "refused" : random(index + 9_000_000) < 0.02 && number !== 0 ? "warning" : "succeeded";
  const status = index % Math.ceil(rows / 3) === 10 ? "failed" : usual; // three in all
  const isSettings = kind === "settings.changed";
  const actor: Actor = isSettings ? { kind: "operator" } : { kind: "account", name: account, login: `${account}.nas` };
  const startedAtMs = FIRST_MS + index * MINUTE_MS;
  return {
    kind,
    status,
    startedAtMs,
    endedAtMs: startedAtMs + 1000,
    actor,
    account,
    repository: `/${account}/${index % 3 === 0 ? "photos" : "system"}/`,
    door: isSettings ? undefined : index % 50_000 === 3 ? "hub" : "restic",
    address: "192.0.2.7",
    client: "Go-http-client/1.1",
    summary: "A backup arrived: 12 packs and 1 index (180.2 MiB), snapshot 1a2b3c4d",
    details: { snapshot: "1a2b3c4d".repeat(8), addedPacks: 12, addedBytes: 188_000_000 },
  };
}

/** Between 0 and 1, the same each time for the same number. */
function random(seed: number): number {
  let hash = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

type Choice = readonly [name: string, filter: OperationFilter];

function combine(rows: number): { readonly name: string; readonly filter: OperationFilter }[] {
  const none: Choice = ["", {}];
  const choices: readonly (readonly Choice[])[] = [
    [
      none,
      ["kind=backup.arrived", { kinds: ["backup.arrived"] }],
      ["kind=settings.changed", { kinds: ["settings.changed"] }],
      ["kind=lock.stale(none)", { kinds: ["lock.stale"] }],
      ["kinds=backup,cleanup,lock", { kinds: ["backup.arrived", "cleanup.run", "lock.stale"] }],
    ],
    [
      none,
      ["status=succeeded", { status: "succeeded" }],
      ["status=failed(3)", { status: "failed" }],
      ["status=refused", { status: "refused" }],
      ["status=warning", { status: "warning" }],
    ],
    [none, ["account=most", { account: "account0" }], ["account=some", { account: "account170" }], ["account=none", { account: "nobody" }]],
    [
      none,
      ["repository=most", { repository: "/account0/photos/" }],
      ["repository=none", { repository: "/nobody/" }],
      ["below=most", { below: "/account0/" }],
      ["below=/", { below: "/" }],
    ],
    [none, ["door=restic", { door: "restic" }], ["door=hub(few)", { door: "hub" }]],
    [none, ["actor=operator", { actorKind: "operator" }], ["actor=some", { actorName: "account150" }]],
    [
      none,
      ["since=30d", { sinceMs: FIRST_MS + (rows - 43_200) * MINUTE_MS }],
      ["until=first year", { untilMs: FIRST_MS + Math.floor(rows / 2) * MINUTE_MS }],
    ],
  ];
  let combined: Choice[] = [none];
  for (const [index, column] of choices.entries()) {
    combined = combined.flatMap(([name, filter]) =>
      column.map(([more, added]): Choice => [more === "" ? name : `${name} ${more}`, { ...filter, ...added }]),
    );
    // All of the first four; of the last three, each beside them and with each other, or there would be tens of thousands.
    if (index >= 4) combined = combined.filter((_, place) => place % 3 === 0 || place < 300);
  }
  return combined.map(([name, filter]) => ({ name: name.trim() || "(all)", filter }));
}

async function measure(database: Database, filter: OperationFilter, { rows, rounds }: { readonly rows: number; readonly rounds: number }) {
  const times: number[] = [];
  let lines = 0;
  const ask = async (before: number | undefined) => {
    const startedAtMs = performance.now();
    const page = await database.list("listOperations", { filter, before, limit: PAGE });
    times.push(performance.now() - startedAtMs);
    return page;
  };
  // From the newest on, page by page, and then from anywhere.
  let before: number | undefined;
  let pages = 0;
  for (; pages < rounds / 2; ) {
    const page = await ask(before);
    pages += 1;
    lines += page.operations.length;
    before = page.next;
    if (before === undefined) break;
  }
  while (times.length < rounds) await ask(Math.floor(random(times.length) * rows));
  times.sort((one, other) => one - other);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), lines, pages: before === undefined ? `${pages}` : `more than ${pages}` };
}
