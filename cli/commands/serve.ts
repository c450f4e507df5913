import { serve } from "#main.ts";
import type { Command } from "../command-context.ts";

/** `holdfast serve`: runs the hub until it is told to stop. */
export const serveCommand: Command<undefined> = async (context) => await serve(context.loadConfig());
