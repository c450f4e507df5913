import type { Command as Commander } from "commander";
import type { Run } from "./run.ts";

/** `holdfast trash ...` */
export function addTrashCommands(trash: Commander, run: Run): void {
  trash
    .command("list")
    .description("list what was removed and can still come back, in sums of an hour and a repository")
    .option("--path <path>", "of this repository, type (/laptop/snapshots) or object only")
    .option("--objects", "every object on a line of its own")
    .action((input: { path?: string; objects?: boolean }) => run(async () => (await import("../commands/trash-list.ts")).trashList, input));
  trash
    .command("restore <path...>")
    .description("bring back a repository, one type of its objects (/laptop/snapshots) or one object; never over something else")
    .option("--at <hour>", "what was removed in this hour, as trash list shows it; else the latest of each object")
    .action((paths: string[], { at }: { at?: string }) =>
      run(async () => (await import("../commands/trash-restore.ts")).trashRestore, { paths, at }),
    );
  trash
    .command("empty")
    .description("erase for good what has been in the trash for its 72 hours and is under no hold")
    .option("--before-hold", "what is younger as well; needs --yes")
    .option("--yes", "I know that nothing brings it back")
    .action((input: { beforeHold?: boolean; yes?: boolean }) =>
      run(async () => (await import("../commands/trash-empty.ts")).trashEmpty, input),
    );
}
