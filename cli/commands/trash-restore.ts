import { type Restored, restoreTrash } from "#domain/removal/restore-trash.ts";
import { formatBytes } from "#lib/format-bytes.ts";
import { OPERATOR } from "#model/actor.ts";
import type { Command } from "../command-context.ts";
import { withCore } from "../with-core.ts";

/** `holdfast trash restore`; ends with 1 when something stayed in the trash because its place is taken. */
export const trashRestore: Command<{ paths: readonly string[]; at: string | undefined }> = async (context, { paths, at }) => {
  const done = await withCore(context, async (core) => {
    const each: (Restored & { readonly asked: string })[] = [];
    for (const path of paths) each.push({ asked: path, ...(await restoreTrash(core, OPERATOR, { path, at }, context.signal)) });
    return each;
  });
  context.show(
    done.map(({ asked, repository, objects, sizeBytes, alreadyThere, inTheWay }) => ({
      path: asked,
      repository,
      objects,
      sizeBytes,
      alreadyThere,
      stayed: inTheWay.count,
    })),
    done.flatMap(linesOf),
  );
  return done.some(({ inTheWay }) => inTheWay.count > 0) ? 1 : 0;
};

function linesOf({ asked, repository, objects, sizeBytes, alreadyThere, inTheWay }: Restored & { readonly asked: string }): string[] {
  const lines = [`${asked}: ${objects} objects with ${formatBytes(sizeBytes)} are back in ${repository}`];
  if (alreadyThere > 0) lines.push(`  ${alreadyThere} were in their place already`);
  if (inTheWay.count > 0) {
    lines.push(
      `  ${inTheWay.count} stay in the trash, because other bytes are in their place:`,
      ...inTheWay.paths.map((path) => `    ${path}`),
    );
    if (inTheWay.count > inTheWay.paths.length) lines.push(`    and ${inTheWay.count - inTheWay.paths.length} more`);
  }
  return lines;
}
