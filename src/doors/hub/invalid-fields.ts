import type { z } from "zod";
import type { ProblemField } from "./errors.ts";

const MOST_FIELDS = 20;
const MOST_CHARACTERS = 200;

/** What a schema found wrong with one part of a request, as the client is told it: bounded, and without the values themselves. */
export function invalidFields(part: "body" | "parameters", issues: readonly z.core.$ZodIssue[]): ProblemField[] {
  const fields = issues.slice(0, MOST_FIELDS).flatMap((issue) => {
    const paths = issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    const detail = issue.code === "unrecognized_keys" ? "There is no such field" : cut(issue.message);
    return paths.map((path) => ({ ...placeOf(part, path), detail }));
  });
  return fields.slice(0, MOST_FIELDS);
}

/** A place in the body as a JSON pointer in its form for URLs (RFC 6901 section 6). */
export function pointerOf(path: readonly PropertyKey[]): string {
  const tokens = path.map((key) => encodeURIComponent(String(key).toWellFormed().replaceAll("~", "~0").replaceAll("/", "~1")));
  return cut(["#", ...tokens].join("/"));
}

function placeOf(part: "body" | "parameters", path: readonly PropertyKey[]): { pointer: string } | { parameter: string } {
  return part === "body" ? { pointer: pointerOf(path) } : { parameter: cut(String(path[0] ?? "query").toWellFormed()) };
}

function cut(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS).toWellFormed()}...`;
}
