import { listCleanupWindows } from "#domain/removal/list-cleanup-windows.ts";
import type { Command } from "../command-context.ts";
import { windowFacts } from "../removal-facts.ts";
import { timeOf } from "../time-of.ts";
import { withCore } from "../with-core.ts";

/** `holdfast cleanup list` */
export const cleanupList: Command<{ all?: boolean }> = async (context, input) => {
  const { windows, nowMs } = await withCore(context, async (core) => ({
    windows: await Array.fromAsync(listCleanupWindows(core, input)),
    nowMs: core.time.latestMs(),
  }));
  context.showTable(
    windows.map((window) => windowFacts(window, nowMs)),
    {
      headings: ["NUMBER", "FOR", "PATH", "OPENED (UTC)", "CLOSES (UTC)", "REASON"],
      rows: windows.map(({ id, owner, path, reason, opensAtMs, closesAtMs }) => [
        `${id}`,
        `${owner.kind} ${owner.name}`,
        path,
        timeOf(opensAtMs).slice(0, 16),
        closesAtMs > nowMs ? timeOf(closesAtMs).slice(0, 16) : "closed",
        reason,
      ]),
      empty: "No clean-up window is open; open one with: ./holdfast cleanup open LOGIN PATH --reason TEXT",
    },
  );
  return 0;
};
