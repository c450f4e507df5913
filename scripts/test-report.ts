import type { MissingProgram } from "../test/clients/programs.ts";
import type { FileResult } from "./run-test-file.ts";

/** Everything that a run has to tell at its end. */
export interface RunOutcome {
  readonly results: readonly FileResult[];
  /** Files that no result came of, because the run ended before their turn. */
  readonly notStarted: readonly string[];
  readonly leftOut: readonly string[];
  readonly missing: readonly MissingProgram[];
  readonly seconds: number;
}

/** One line for a file that is done, and each of its failures in full. */
export function formatFile({ path, seconds, passed, failures, skipped }: FileResult): string {
  const counts = [`${passed} passed`];
  if (failures.length > 0) counts.push(`${failures.length} failed`);
  if (skipped.length > 0) counts.push(`${skipped.length} skipped`);
  const line = `${failures.length === 0 ? "ok  " : "FAIL"}  ${path.padEnd(60)} ${counts.join(", ")}  (${seconds.toFixed(1)} s)`;
  return [line, ...failures.map(({ name, detail }) => indent(`${name}\n${indent(detail, 2)}`, 6))].join("\n");
}

/** The end of the report. Its last line is `N passed, N failed, N skipped`. */
export function formatOutcome(outcome: RunOutcome): string {
  const { results, notStarted, leftOut, missing, seconds } = outcome;
  const sections = [
    section(
      "Failed",
      results.flatMap((file) => file.failures.map(({ name }) => `${file.path}: ${name}`)),
    ),
    section(
      "Skipped",
      results.flatMap((file) => file.skipped.map(({ name, reason }) => `${file.path}: ${name}: ${reason}`)),
    ),
    section("Did not run", [
      ...results.flatMap((file) => file.notRun.map((name) => `${file.path}: ${name}: its file ended before`)),
      ...notStarted.map((path) => `${path}: there was no time left for it`),
    ]),
    section("Left out of the quick part (npm test runs them)", leftOut),
    section(
      "Could not be had",
      missing.map(({ title, reason }) => `${title}: ${reason}`),
    ),
  ];
  const { passed, failed, skipped } = countTests(outcome);
  const total = `${results.length} files in ${seconds.toFixed(0)} s`;
  return [...sections.filter((text) => text !== ""), total, `${passed} passed, ${failed} failed, ${skipped} skipped`].join("\n");
}

/** Adds up the run. A file that never had its turn counts as one failure. */
export function countTests({ results, notStarted }: RunOutcome): { passed: number; failed: number; skipped: number } {
  const sum = (count: (file: FileResult) => number) => results.reduce((total, file) => total + count(file), 0);
  return {
    passed: sum((file) => file.passed),
    failed: sum((file) => file.failures.length) + notStarted.length,
    skipped: sum((file) => file.skipped.length),
  };
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : `\n${title}:\n${indent(lines.join("\n"), 2)}\n`;
}

function indent(text: string, width: number): string {
  return text.replaceAll(/^(?=.)/gm, " ".repeat(width));
}
