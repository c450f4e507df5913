import { serve } from "#main.ts";
import type { Command } from "../command-context.ts";

/** `holdfast serve`: runs the hub until it is told to stop. */
export const serveCommand: Command<undefined> = async (context) => {
  process.title = "holdfast"; // what ps, top and pgrep show instead of Node and its two dozen options
  return await serve(context.loadConfig());
};
