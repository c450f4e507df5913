import { emptyTrash } from "#domain/removal/empty-trash.ts";
import { measureTrash } from "#domain/removal/list-trash.ts";
import { formatBytes } from "#lib/format-bytes.ts";
import { OPERATOR } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";
import type { Command } from "../command-context.ts";
import { withCore } from "../with-core.ts";

/** `holdfast trash empty` */
export const trashEmpty: Command<{ beforeHold?: boolean; yes?: boolean }> = async (context, { beforeHold = false, yes = false }) => {
  if (beforeHold && !yes) throw new HubError("invalid_input", "--before-hold erases what could still be needed; add --yes");
  const { erased, left } = await withCore(context, async (core) => ({
    erased: await emptyTrash(core, OPERATOR, { beforeHold }, context.signal),
    left: await measureTrash(core, context.signal),
  }));
  context.show({ objects: erased.files, sizeBytes: erased.sizeBytes, left }, [
    `${erased.files} objects with ${formatBytes(erased.sizeBytes)} are erased.`,
    ...(left.objects === 0
      ? []
      : [`${left.objects} with ${formatBytes(left.sizeBytes)} stay: their time is not over, or a hold keeps them.`]),
  ]);
  return 0;
};
