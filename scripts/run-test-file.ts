import { chmod, mkdir, rm } from "node:fs/promises";
import { run } from "node:test";
import { inspect } from "node:util";
import { endLeftProcesses, listLeftFiles, RUN_VARIABLE } from "./test-leftovers.ts";

/** What came of one test file. */
export interface FileResult {
  readonly path: string;
  readonly seconds: number;
  readonly passed: number;
  readonly failures: readonly Failure[];
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  /** Tests that were announced and have no result, because the file ended before. */
  readonly notRun: readonly string[];
}

export interface Failure {
  /** The test's name, or what went wrong with the file as a whole. */
  readonly name: string;
  readonly detail: string;
}

export interface FileToRun {
  readonly path: string;
  readonly absolutePath: string;
  /** Names this file's processes, unlike any other of this run or another. */
  readonly mark: string;
  /** A folder that does not exist yet: the file's TMPDIR, removed afterwards. */
  readonly tempFolder: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

// A file says little unless it fails; then its last words matter.
const OUTPUT_CHARACTERS = 32_768;

/**
 * Runs one test file in a process of its own. It fails, beside its failing tests, when it crashes, does not end within `timeoutMs`
 * (an open handle keeps it), holds no test, or leaves a process or a temporary file behind; what it leaves is removed.
 */
export async function runTestFile(file: FileToRun): Promise<FileResult> {
  const startedAtMs = performance.now();
  await mkdir(file.tempFolder);
  await chmod(file.tempFolder, 0o711); // programs that refuse root run as another user and must reach their folder below this one
  const deadline = AbortSignal.timeout(file.timeoutMs);
  const env = { ...process.env, [RUN_VARIABLE]: file.mark, TMPDIR: file.tempFolder };
  const signal = AbortSignal.any([deadline, file.signal]);
  const tally = new Tally();
  for await (const event of run({ files: [file.absolutePath], signal, env })) tally.add(event as TestEvent);
  const failures = [...tally.failures];
  if (tally.fileError !== undefined) {
    const name = deadline.aborted ? `the file did not end within ${file.timeoutMs / 1000} s` : "the file ended before its tests did";
    failures.push({ name: file.signal.aborted ? "the run was given up" : name, detail: [tally.fileError, tally.output].join("\n") });
  } else if (tally.passed + tally.failures.length + tally.skipped.length === 0) {
    failures.push({ name: "the file holds no test", detail: tally.output });
  }

  const left = [...(await endLeftProcesses(file.mark)), ...listLeftFiles(file.tempFolder)];
  if (left.length > 0) failures.push({ name: "the file left something behind", detail: left.join("\n") });
  await rm(file.tempFolder, { recursive: true, force: true });
  const seconds = (performance.now() - startedAtMs) / 1000;
  return { path: file.path, seconds, passed: tally.passed, failures, skipped: tally.skipped, notRun: tally.listNotRun() };
}

/** The part of node:test's events that is read here. Those of the file as a whole have no `entryFile`. */
interface TestEvent {
  readonly type: string;
  readonly data: {
    readonly name: string;
    readonly testId: number;
    readonly parentId: number;
    readonly entryFile?: string;
    readonly message: string;
    readonly skip?: string | boolean;
    readonly todo?: string | boolean;
    readonly details: { readonly type?: string; readonly error?: TestError };
  };
}

type TestError = Error & { readonly failureType?: string; readonly exitCode?: number; readonly signal?: string };

class Tally {
  passed = 0;
  readonly failures: Failure[] = [];
  readonly skipped: { name: string; reason: string }[] = [];
  fileError: string | undefined;
  output = "";
  readonly #pending = new Set<number>();
  readonly #names = new Map<number, string>();

  add({ type, data }: TestEvent): void {
    if (type === "test:stdout" || type === "test:stderr") this.output = `${this.output}${data.message}`.slice(-OUTPUT_CHARACTERS);
    const ofFile = data.entryFile === undefined;
    if (type === "test:enqueue" && !ofFile) this.#begin(data);
    if (type !== "test:pass" && type !== "test:fail") return;
    if (ofFile) this.#endFile(data.details.error);
    else this.#end(type === "test:pass", data);
  }

  listNotRun(): string[] {
    return [...this.#pending].map((id) => this.#names.get(id) ?? "");
  }

  #begin({ testId, parentId, name }: TestEvent["data"]): void {
    const parent = this.#names.get(parentId);
    this.#names.set(testId, parent === undefined ? name : `${parent} > ${name}`);
    this.#pending.add(testId);
  }

  #end(passed: boolean, { testId, skip, todo, details, name: ownName }: TestEvent["data"]): void {
    this.#pending.delete(testId);
    const name = this.#names.get(testId) ?? ownName;
    const error = details.error;
    if (skip !== undefined && skip !== false)
      this.skipped.push({ name, reason: typeof skip === "string" && skip !== "" ? skip : "no reason given" });
    else if (todo !== undefined && todo !== false) this.failures.push({ name, detail: "a test that is still to be written is no test" });
    else if (!passed && error?.failureType === "subtestsFailed")
      return; // they are listed themselves
    else if (!passed) this.failures.push({ name, detail: describe(error) });
    else if (details.type !== "suite") this.passed += 1;
  }

  #endFile(error: TestError | undefined): void {
    if (error === undefined || error.failureType === "subtestsFailed") return;
    this.fileError =
      error.failureType === "testAborted" ? "it was ended" : `exit code ${error.exitCode ?? "none"}, signal ${error.signal ?? "none"}`;
  }
}

function describe(error: TestError | undefined): string {
  const cause = error?.cause ?? error; // node:test wraps what the test threw
  return cause instanceof Error ? inspect(cause) : inspect(cause, { depth: 5 });
}
