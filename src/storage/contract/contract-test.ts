import { createHash } from "node:crypto";
import { test } from "node:test";
import { HubError, type HubErrorCode } from "#model/hub-error.ts";
import type { BeginOptions, Driver, FileFacts, ListItem, OpenOptions, SweepCutoffs } from "../driver.ts";
import { type FilePath, filePath } from "../file-path.ts";
import { putFile } from "../put-file.ts";

/** A driver under test. */
export interface OpenedDriver extends AsyncDisposable {
  readonly driver: Driver;
  /** How many files it holds open; other things may be counted too, as long as their number does not change. */
  countOpenFiles(): number;
}

/** Declares one promise of `driver.ts`, kept by a driver of its own. */
export type ContractTest = (sentence: string, run: (driver: Driver, opened: OpenedDriver) => Promise<void>) => void;

/** The declarer for the driver called `name`. */
export function contractTest(name: string, openDriver: () => Promise<OpenedDriver>): ContractTest {
  return (sentence, run) => {
    test(`${name}: ${sentence}`, async () => {
      await using opened = await openDriver();
      await run(opened.driver, opened);
    });
  };
}

/** Where most tests put their file. */
export const PATH = filePath("repository", "data", "ab", "object");

/** An upload to a place where nothing is. */
export const ABSENT: BeginOptions = { temps: filePath("repository", ".hub-tmp"), publish: "absent" };

/** The 27 bytes of spec/restic-rest.md section 1.4. */
export const BYTES = Buffer.from("abcdefghijklmnopqrstuvwxyz.");

/** A signal that never aborts. */
export const SIGNAL = new AbortController().signal;

/** A sweep of whatever there is. */
export const SWEEP_ALL: SweepCutoffs = { oursBeforeMs: Date.now() + 1e9, foreignBeforeMs: Date.now() + 1e9 };

/** Puts `bytes` in pieces of `pieceBytes`; resolves to what is there then. */
export async function put(driver: Driver, path: FilePath, bytes: Uint8Array, options = ABSENT, pieceBytes = 65_536): Promise<FileFacts> {
  const { sizeBytes } = await putFile(driver, path, inPieces(bytes, pieceBytes), options, SIGNAL);
  const there = await driver.stat(path, SIGNAL);
  if (there.kind !== "file" || there.sizeBytes !== sizeBytes) throw new Error("What was put is not there");
  return there;
}

async function* inPieces(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let start = 0; start < bytes.length; start += pieceBytes) yield bytes.subarray(start, start + pieceBytes);
}

/** A body that throws after two megabytes. */
export async function* breakingOff(message: string): AsyncGenerator<Uint8Array, void, undefined> {
  yield patterned(2_000_000);
  throw new Error(message);
}

/** All bytes of a file, or of a part of it. */
export async function readAll(driver: Driver, path: FilePath, options: OpenOptions = {}): Promise<Buffer> {
  await using file = await driver.open(path, options, SIGNAL);
  return await collect(file.body);
}

/** All bytes of a body. */
export async function collect(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks);
}

/** All files of a listing; throws what made a gap. */
export async function list(driver: Driver, folder: FilePath): Promise<ListItem[]> {
  const items: ListItem[] = [];
  for await (const item of driver.list(folder, SIGNAL)) {
    if (item.kind === "gap") throw item.cause;
    items.push(item);
  }
  return items;
}

/** How many temporary files there are: a sweep takes them all, whatever their age. */
export async function leftovers(driver: Driver): Promise<number> {
  return await driver.sweep(filePath(), SWEEP_ALL, SIGNAL);
}

/** Bytes of which no two neighbouring blocks are alike. */
export function patterned(sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  for (let index = 0; index < sizeBytes; index += 1) bytes[index] = (index * 31 + (index >> 8)) & 0xff;
  return bytes;
}

/** SHA-256 in hex. */
export function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Whether an error is a refusal with this code. */
export function code(expected: HubErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof HubError && error.code === expected;
}
