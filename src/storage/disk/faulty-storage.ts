import { type FilePath, filePath } from "../file-path.ts";
import { type FaultPlan, type MemoryCall, systemError } from "../memory/memory-fault.ts";
import { MemoryStorage } from "../memory/memory-storage.ts";
import { putFile } from "../put-file.ts";

/** A signal that never aborts. */
export const SIGNAL = new AbortController().signal;

/** Where uploads go unless the test says otherwise. */
export const PATH = filePath("r", "data", "ab", "object");

/** Where their temporary files lie. */
export const TEMPS = filePath("r", ".hub-tmp");

/** What they bring. */
export const TEXT = "forty bytes, which are three pieces here";

/** A modelled storage on which steps can be made to fail, and what it has told whoever runs it. */
export interface FaultyStorage {
  readonly storage: MemoryStorage;
  readonly warnings: string[];
}

/** Opens one whose pieces of 16 bytes make three of `TEXT`, which comes in two chunks. */
export function open({
  readChunkBytes = 16,
  ...options
}: {
  readChunkBytes?: number;
  capacityBytes?: number;
  fileMode?: number;
  writesAtOnce?: () => boolean;
} = {}): FaultyStorage {
  const warnings: string[] = [];
  const limits = { writeChunkBytes: 16, readChunkBytes };
  return { storage: new MemoryStorage({ limits, warn: (message) => warnings.push(message), ...options }), warnings };
}

/** Every such call fails. */
export function failing(call: MemoryCall, code: string): FaultPlan {
  return (step) => (step.call === call ? { kind: "fail-before", error: systemError(code) } : undefined);
}

/** Uploads `TEXT`; `stored`, or the code with which it was refused. */
export async function attempt(storage: MemoryStorage, path = PATH, publish: "absent" | "replace" = "absent"): Promise<string> {
  const body = async function* () {
    yield Buffer.from(TEXT.slice(0, 20));
    yield Buffer.from(TEXT.slice(20));
  };
  try {
    await putFile(storage, path, body(), { temps: TEMPS, publish, sizeBytes: undefined }, SIGNAL);
    return "stored";
  } catch (error) {
    return (error as { code: string }).code; // whatever has none fails the comparison
  }
}

/** What is at the path; undefined for nothing. */
export async function readText(storage: MemoryStorage, path: FilePath = PATH): Promise<string | undefined> {
  if ((await storage.stat(path, SIGNAL)).kind === "absent") return undefined;
  await using file = await storage.open(path, {}, SIGNAL);
  let text = "";
  for await (const chunk of file.body) text += Buffer.from(chunk).toString();
  return text;
}
