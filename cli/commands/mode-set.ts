import { setMode } from "#domain/modes/set-mode.ts";
import { OPERATOR } from "#model/actor.ts";
import type { Command } from "../command-context.ts";
import { withCore } from "../with-core.ts";

/** `holdfast mode read-only` and `holdfast mode maintenance` */
export const modeSet: Command<{ name: "read-only" | "maintenance"; path: string | undefined; reason: string }> = async (context, input) => {
  const { name, path, reason } = input;
  const mode = name === "read-only" ? "read_only" : "maintenance";
  await withCore(context, async (core) => await setMode(core, OPERATOR, { path, mode, reason }));
  context.show({ path: path ?? null, mode, reason }, [
    `${path ?? "The whole hub"} is in ${name} mode, with the next request.`,
    `holdfast mode off${path === undefined ? "" : ` ${path}`} ends it.`,
  ]);
  return 0;
};
