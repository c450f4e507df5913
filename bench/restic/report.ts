import type { Group, Results, Sizes } from "./context.ts";
import { type Column, formatTable } from "./table.ts";

export interface ReportInput {
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly machine: readonly string[];
  readonly loads: readonly string[];
  readonly quick: boolean;
  readonly rounds: number;
  readonly sizes: Sizes;
  readonly columns: readonly Column[];
  readonly versions: ReadonlyMap<string, string>;
  readonly remarks: readonly string[];
  readonly groups: readonly Group[];
  readonly results: Results;
}

/** The whole report, in Markdown. */
export function formatReport(input: ReportInput): string {
  const { columns, results, groups } = input;
  const minutes = ((input.endedAtMs - input.startedAtMs) / 60_000).toFixed(1);
  const lines = [
    "# How fast: restic",
    "",
    `Taken on ${new Date(input.startedAtMs).toISOString().slice(0, 10)} in ${minutes} minutes with \`npm run bench -- restic\`.`,
    ...(input.quick
      ? [
          "",
          "**A quick run with small sizes, to try the bench: it mostly measures how servers begin, and says nothing of how fast they are.**",
        ]
      : []),
    "",
    ...input.machine.map((line) => `- ${line}`),
    "- Load averages (1, 5, 15 minutes; what the bench itself loads is in them):",
    ...input.loads.map((line) => `  - ${line}`),
    ...[...input.versions].map(([title, version]) => `- ${title}: ${version}`),
    "",
    `Every figure is the median of ${input.rounds} round${input.rounds === 1 ? "" : "s"} or of as many as the group says. In each round every server does the work once,`,
    'and each round another one begins. "Beside rest-server" is the quotient of the two figures of one round, as median (least to most) of',
    "the rounds: the speed is how many times as fast, above 1 is faster, also where times are measured; the CPU is how many times the",
    "processor time, below 1 is less. Load and servers share the processors, so the processor time of the server's whole process tree",
    "stands beside each rate: it is what survives a busy machine. Every answer is checked.",
    ...input.remarks.map((line) => `\n${line}`),
  ];
  for (const group of groups) {
    lines.push("", `## ${group.title}`, "", formatTable(results.ofGroup(group.name), columns, { judges: !input.quick }));
    for (const note of [...(group.notes ?? []), ...results.notesOf(group.name)]) lines.push("", note);
  }
  lines.push("", "## Memory", "", formatMemory(input), "");
  lines.push(
    "Resident memory of the whole process tree in MiB: idle after the start, and the most that was seen (looked at ten times a second).",
  );
  lines.push("Pages that several processes share are counted in each of them.", "");
  return lines.join("\n");
}

function formatMemory({ results, columns, groups }: ReportInput): string {
  const memory = results.memory();
  const heads = ["Group", ...columns.map(({ title }) => title)];
  const rows = groups.flatMap(({ name, title }) => {
    const group = memory.get(name);
    if (group === undefined) return [];
    const cells = columns.map(({ id }) => {
      const use = group.get(id);
      return use === undefined ? "left out" : `${mib(use.idle)} idle, ${mib(use.peak)} most, +${mib(use.peak - use.idle)}`;
    });
    return [[title, ...cells]];
  });
  return [heads, heads.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function mib(bytes: number): string {
  return (bytes / 1024 ** 2).toFixed(0);
}
