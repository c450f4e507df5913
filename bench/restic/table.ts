import { median, ratios, type Spread, spreadOf } from "./statistics.ts";
import { type Goal, isRate, type ServerResult, type Workload, type WorkloadResult } from "./workload.ts";

/** A column: a server, and whether it is one of ours that is compared with the peer. */
export interface Column {
  readonly id: string;
  readonly title: string;
  readonly hub?: "one process" | "several processes";
}

/** The server that the goals are set against. */
export const PEER = "rest-server";

/** How one of our columns did beside the peer: how many times as fast, and how many times the processor time. */
export interface Comparison {
  readonly speed: Spread | undefined;
  readonly cpu: Spread | undefined;
}

/** Compares round by round; the speed is turned round for times, so that more than 1 is always faster. */
export function compare({ workload, servers }: WorkloadResult, id: string): Comparison {
  const pick = (server: string, figure: "value" | "cpu") => figuresOf(servers.get(server), figure);
  const [ours, theirs] = [pick(id, "value"), pick(PEER, "value")];
  return {
    speed: spreadOf(isRate(workload) ? ratios(ours, theirs) : ratios(theirs, ours)),
    cpu: spreadOf(ratios(pick(id, "cpu"), pick(PEER, "cpu"))),
  };
}

/** Which of a goal's bounds are missed, in words; empty when all are reached, undefined when there are no figures to tell. */
export function missedBounds(result: WorkloadResult, column: Column): string[] | undefined {
  const { goal } = result.workload;
  const server = result.servers.get(column.id);
  if (goal === undefined || server === undefined) return undefined;
  if (server.rounds.size === 0) return ["failed"];
  const { speed, cpu } = compare(result, column.id);
  const wanted = speedGoal(goal, column);
  const own = median([...figuresOf(server, "value").values()]);
  const missed: string[] = [];
  if (wanted !== undefined && speed === undefined) return undefined;
  if (wanted !== undefined && speed !== undefined && speed.median < wanted) missed.push(`speed ${speed.median.toFixed(2)}`);
  if (goal.cpu !== undefined && cpu !== undefined && cpu.median > goal.cpu) missed.push(`CPU ${cpu.median.toFixed(2)}`);
  if (goal.atMost !== undefined && !(own <= goal.atMost)) missed.push(`${own.toFixed(1)} ${result.workload.unit}`);
  if (goal.atLeast !== undefined && !(own >= goal.atLeast)) missed.push(`${own.toFixed(2)}${result.workload.unit}`);
  return missed;
}

/** One Markdown table of several workloads; `judges` whether it says what was to be reached, and what was. */
export function formatTable(
  results: readonly WorkloadResult[],
  columns: readonly Column[],
  { judges = true }: { readonly judges?: boolean } = {},
): string {
  const hubs = columns.filter(({ hub }) => hub !== undefined);
  const heads = ["Workload", ...columns.map(({ title }) => title)];
  for (const { title } of hubs) heads.push(`${title}: speed, CPU beside rest-server`);
  if (judges) heads.push("Goal", ...hubs.map(({ title }) => `${title}: reached?`));
  const rows = results.map((result) => [...formatRow(result, columns, hubs), ...(judges ? judge(result, hubs) : [])]);
  return [heads, heads.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** The same row in one line for a terminal. */
export function formatLine(result: WorkloadResult, columns: readonly Column[]): string {
  const cells = columns.map(({ id, title }) => `${title} ${formatCell(result.workload, result.servers.get(id))}`);
  const beside = columns
    .filter(({ hub }) => hub !== undefined)
    .map((column) => `${column.title} ${formatComparison(compare(result, column.id))}`);
  return `  ${result.workload.name}: ${cells.join("; ")}\n      beside rest-server: ${beside.join("; ")}`;
}

function formatRow(result: WorkloadResult, columns: readonly Column[], hubs: readonly Column[]): string[] {
  const { workload, servers } = result;
  const cells = [workload.name, ...columns.map(({ id }) => formatCell(workload, servers.get(id)))];
  for (const { id } of hubs) cells.push(formatComparison(compare(result, id)));
  return cells;
}

function judge(result: WorkloadResult, hubs: readonly Column[]): string[] {
  const verdicts = hubs.map((column) => {
    const missed = missedBounds(result, column);
    return missed === undefined ? "" : missed.length === 0 ? "yes" : `**no** (${missed.join(", ")})`;
  });
  return [formatGoal(result.workload), ...verdicts];
}

function formatCell({ unit, cpuUnit, oursAlone }: Workload, server: ServerResult | undefined): string {
  if (server === undefined) return oursAlone === true ? "" : "left out";
  const failure = server.failure === undefined ? "" : `failed: ${oneLine(server.failure)}`;
  if (server.rounds.size === 0) return failure === "" ? "left out" : failure;
  const value = median([...figuresOf(server, "value").values()]);
  const cpu = [...figuresOf(server, "cpu").values()];
  const rate = `${round(value)}${unit === "/s" || unit === "x" ? "" : " "}${unit}`;
  const spent = cpuUnit === undefined || cpu.length === 0 ? "" : `, CPU ${round(median(cpu))} ${cpuUnit}`;
  return `${rate}${spent}${failure === "" ? "" : ` (a round ${failure})`}`;
}

function formatComparison({ speed, cpu }: Comparison): string {
  if (speed === undefined) return "";
  return `${formatSpread(speed)}${cpu === undefined ? "" : `; CPU ${formatSpread(cpu)}`}`;
}

function formatSpread({ median, min, max }: Spread): string {
  return `${median.toFixed(2)}x (${min.toFixed(2)} to ${max.toFixed(2)})`;
}

function formatGoal({ goal, unit }: Workload): string {
  if (goal === undefined) return "";
  const bounds: string[] = [];
  if (goal.speed !== undefined) bounds.push(`speed >= ${goal.speed}x`);
  if (goal.speedOfSeveral !== undefined) bounds.push(`${goal.speedOfSeveral}x with several processes`);
  if (goal.cpu !== undefined) bounds.push(`CPU <= ${goal.cpu}x`);
  if (goal.atMost !== undefined) bounds.push(`<= ${goal.atMost} ${unit}`);
  if (goal.atLeast !== undefined) bounds.push(`>= ${goal.atLeast}${unit}`);
  return bounds.join(", ");
}

function speedGoal(goal: Goal, { hub }: Column): number | undefined {
  return hub === "several processes" ? (goal.speedOfSeveral ?? goal.speed) : goal.speed;
}

function figuresOf(server: ServerResult | undefined, figure: "value" | "cpu"): Map<number, number> {
  const found = [...(server?.rounds ?? [])].flatMap(([round, figures]): [number, number][] => {
    const number = figures[figure];
    return number === undefined ? [] : [[round, number]];
  });
  return new Map(found);
}

function round(value: number): string {
  return value >= 1000
    ? Math.round(value).toLocaleString("en-US")
    : value >= 100
      ? value.toFixed(0)
      : value >= 10
        ? value.toFixed(1)
        : value.toFixed(2);
}

function oneLine(text: string): string {
  return text.replaceAll(/[\r\n|]+/g, " ").slice(0, 160);
}
