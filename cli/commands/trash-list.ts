import type { Core } from "#domain/core.ts";
import { listTrash, summarizeTrash } from "#domain/removal/list-trash.ts";
import { formatBytes } from "#lib/format-bytes.ts";
import type { Command, CommandContext } from "../command-context.ts";
import { timeOf } from "../time-of.ts";
import { withCore } from "../with-core.ts";

// More lines nobody reads, and they are held in memory; --path narrows.
const MOST_LINES = 10_000;

const EMPTY = "Nothing of this is in the trash";

/** `holdfast trash list` */
export const trashList: Command<{ path?: string; objects?: boolean }> = async (context, { path, objects = false }) => {
  return await withCore(context, async (core) => (objects ? await showObjects(context, core, path) : await showSums(context, core, path)));
};

async function showSums(context: CommandContext, core: Core, path: string | undefined): Promise<number> {
  const sums = await firstLines(summarizeTrash(core, { path }, context.signal));
  context.showTable(
    sums.map(({ batch, repository, objects, sizeBytes, heldUntilMs, keptUntilMs }) => ({
      hour: batch,
      repository: repository ?? null,
      objects,
      sizeBytes,
      heldUntil: timeOf(heldUntilMs),
      keptUntil: timeOf(keptUntilMs),
    })),
    {
      headings: ["REMOVED (UTC)", "REPOSITORY", "OBJECTS", "SIZE", "ERASED AFTER"],
      rows: sums.map(({ batch, repository, objects, sizeBytes, keptUntilMs }) => [
        batch,
        repository ?? "",
        `${objects}`,
        formatBytes(sizeBytes),
        timeOf(keptUntilMs).slice(0, 16),
      ]),
      empty: EMPTY,
    },
  );
  return 0;
}

async function showObjects(context: CommandContext, core: Core, path: string | undefined): Promise<number> {
  const items = await firstLines(listTrash(core, { path }, context.signal));
  const named = items.map((item) => ({ ...item, shown: shownPath(item) }));
  context.showTable(
    named.map(({ batch, shown, sizeBytes, storedAtMs, heldUntilMs, keptUntilMs }) => ({
      hour: batch,
      path: shown,
      sizeBytes,
      storedAt: timeOf(storedAtMs),
      heldUntil: timeOf(heldUntilMs),
      keptUntil: timeOf(keptUntilMs),
    })),
    {
      headings: ["REMOVED (UTC)", "SIZE", "STORED (UTC)", "PATH"],
      rows: named.map(({ batch, shown, sizeBytes, storedAtMs }) => [batch, formatBytes(sizeBytes), timeOf(storedAtMs).slice(0, 16), shown]),
      empty: EMPTY,
    },
  );
  return 0;
}

/** As `trash restore` takes it: restic's own name of the object, without the folders of packs. */
function shownPath({
  path,
  name,
}: {
  readonly path: string;
  readonly name: { repository: string; type: string; id: string | undefined } | undefined;
}): string {
  if (name === undefined) return path;
  return `${name.repository}${name.type}${name.id === undefined ? "" : `/${name.id}`}`;
}

async function firstLines<Line>(lines: AsyncIterable<Line>): Promise<Line[]> {
  const first: Line[] = [];
  for await (const line of lines) {
    first.push(line);
    if (first.length === MOST_LINES) {
      process.stderr.write(`Only the first ${MOST_LINES} lines; --path shows less at a time\n`);
      break;
    }
  }
  return first;
}
