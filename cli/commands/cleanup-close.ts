import { closeCleanupWindow } from "#domain/removal/close-cleanup-window.ts";
import { OPERATOR } from "#model/actor.ts";
import type { Command } from "../command-context.ts";
import { readId } from "../read-number.ts";
import { withCore } from "../with-core.ts";

/** `holdfast cleanup close` */
export const cleanupClose: Command<{ id: string }> = async (context, input) => {
  const id = readId(input.id);
  const wasOpen = await withCore(context, async (core) => await closeCleanupWindow(core, OPERATOR, { id }));
  context.show({ number: id, closed: true, wasOpen }, [wasOpen ? `Window ${id} is closed.` : `Window ${id} was over already.`]);
  return 0;
};
