import { join } from "node:path";
import { z } from "zod";
import { RUN_FILE } from "#hub/place.ts";
import { isFolderLocked } from "#lib/folder-lock.ts";
import { readSmallFile } from "#lib/read-small-file.ts";

const LARGEST_BYTES = 64 * 1024;
const address = z.string().refine((text) => text.startsWith("unix:/") || URL.canParse(text));

const runFile = z.object({
  pid: z.int().positive(),
  listeners: z.record(z.string(), address),
  publicUrls: z.record(z.string(), z.array(address)).default({}),
});

/** A hub at work on a data folder: its process; by listener where it listens (`http://127.0.0.1:8000`, `unix:/path`) and the URLs it is called by. */
export type RunningHub = z.infer<typeof runFile>;

/** The hub that works on the data folder now; undefined when there is none. */
export function findRunningHub(data: string): RunningHub | undefined {
  let text: string;
  try {
    text = readSmallFile(join(data, RUN_FILE), LARGEST_BYTES).toString("utf8");
  } catch {
    return undefined; // no hub, or a folder that is not ours to read
  }
  const parsed = runFile.safeParse(parseJson(text));
  if (!parsed.success || !isAlive(parsed.data.pid)) return undefined;
  return isFolderLocked(data) === false ? undefined : parsed.data; // the number of a killed hub may be another's by now
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // written this very moment
  }
}

/** A hub that was killed leaves its file behind. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // it lives, as another user
  }
}
