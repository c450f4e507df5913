import { listEntryPaths } from "#db/entry-paths.ts";
import { findRepository } from "#db/repositories.ts";
import type { Limits } from "#limits.ts";
import { overlaps } from "#model/entry-path.ts";
import { HubError } from "#model/hub-error.ts";
import { OBJECT_TYPES, parseRepositoryPath, RESERVED_SEGMENTS } from "#model/repository.ts";
import { type FilePath, filePath } from "#storage/file-path.ts";
import { surveyTree, type TreeSurvey } from "#storage/local-storage/survey-tree.ts";
import type { Core } from "../core.ts";
import type { ImportPlan, ImportTrouble, RepositoryStep } from "./import-plan.ts";

/** Name of the entry that takes the tree. */
export const MAIN = "main";

/** Where a tree goes on the entry. */
export interface TreePlace {
  /** `/restic/`, `/restic/old/` */
  readonly at: string;
  /** As a file's path: `restic`, `restic/old`. */
  readonly prefix: FilePath;
  /** The path of repositories at its top: `/`, `/old/`. */
  readonly base: string;
}

/** Reads `/restic/`, `/restic/old/` or `/restic/old`. Throws `invalid_input`. */
export function readPlace(text: string, limits: Pick<Limits, "repositoryDepth">): TreePlace {
  const [first, top, ...rest] = text.split("/");
  const segments = rest.at(-1) === "" ? rest.slice(0, -1) : rest;
  const path = parseRepositoryPath(segments);
  if (first !== "" || top !== "restic" || path === undefined || segments.length >= limits.repositoryDepth) {
    throw new HubError("invalid_input", "--at is /restic/, or a folder below it such as /restic/old/");
  }
  const prefix = filePath("restic", ...segments);
  return { at: `/${prefix}/`, prefix, base: path.text };
}

export interface TreeInput {
  /** The old server's folder. */
  readonly folder: string;
  readonly at: string;
  /** The hub's own folder, which may not overlap with it; absolute, without links. */
  readonly dataFolder: string;
}

/**
 * Looks through the tree and says what adopting it means; changes nothing. Without `core` there is nothing here yet. Throws
 * `invalid_input` for a folder that cannot be adopted, `already_exists` where it would hide what is kept here.
 */
export async function planTree(
  core: Core | undefined,
  limits: Limits,
  { folder, at, dataFolder }: TreeInput,
  signal: AbortSignal,
): Promise<Pick<ImportPlan, "tree" | "repositories" | "troubles" | "troubleCount" | "notes">> {
  const place = readPlace(at, limits);
  const survey = await lookThrough(folder, limits, signal);
  if (survey.isEmpty) throw new HubError("invalid_input", "The folder is empty; is its disk mounted?");
  if (overlaps(survey.folder, dataFolder)) {
    throw new HubError("invalid_input", "The folder and Holdfast's data folder may not lie in one another");
  }
  const action = await findAction(core, survey, place, signal);
  const { repositories, leftOut } = await planRepositories(core, limits, survey, place);
  return {
    tree: { prefix: place.prefix, folder: survey.folder, mount: survey.mount, action },
    repositories,
    troubles: [...leftOut, ...survey.troubles],
    troubleCount: survey.troubleCount + leftOut.length,
    notes: notesOf(survey, place),
  };
}

async function lookThrough(folder: string, limits: Limits, signal: AbortSignal): Promise<TreeSurvey> {
  const options = { depth: limits.repositoryDepth, files: limits.importedFilesChecked, typeFolders: OBJECT_TYPES };
  try {
    return await surveyTree(folder, options, signal);
  } catch (cause) {
    signal.throwIfAborted();
    throw new HubError("invalid_input", "The folder cannot be read by this user, or is none", { cause });
  }
}

async function findAction(
  core: Core | undefined,
  { folder }: TreeSurvey,
  { prefix, at }: TreePlace,
  signal: AbortSignal,
): Promise<"adopt" | "keep"> {
  if (core === undefined) return "adopt";
  const paths = await listEntryPaths(core.database.read, MAIN);
  if (paths.some((path) => path.prefix === prefix && path.folder === folder)) return "keep";
  const other = paths.find((path) => overlaps(path.prefix, prefix) || overlaps(path.folder, folder));
  if (other?.folder === folder) throw new HubError("already_exists", `It is adopted already: add --at /${other.prefix}/`);
  if (other !== undefined) throw new HubError("already_exists", `/${other.prefix}/ is adopted already and overlaps`);
  for await (const _ of core.storage.list(prefix, signal)) {
    throw new HubError("already_exists", `Backups lie at ${at} here already; use --at /restic/old/`);
  }
  return "adopt";
}

async function planRepositories(
  core: Core | undefined,
  limits: Limits,
  survey: TreeSurvey,
  { base }: TreePlace,
): Promise<{ repositories: readonly RepositoryStep[]; leftOut: readonly ImportTrouble[] }> {
  const repositories: RepositoryStep[] = [];
  const leftOut: ImportTrouble[] = [];
  const above = base.split("/").filter((segment) => segment !== "");
  for (const { segments, hasConfig } of survey.repositories) {
    const path = parseRepositoryPath([...above, ...segments]);
    const reason = path === undefined ? nameProblem(segments) : depthProblem(path.segments.length, limits.repositoryDepth);
    if (path === undefined || reason !== undefined) {
      leftOut.push({ path: segments.join("/") || ".", reason: reason ?? "" });
      continue;
    }
    const isNew = core === undefined || (await findRepository(core.database.read, path.text)) === undefined;
    repositories.push({ path: path.text, isNew, hasConfig });
  }
  return { repositories, leftOut };
}

function nameProblem(segments: readonly string[]): string {
  const word = segments.find((segment) => RESERVED_SEGMENTS.has(segment));
  return word === undefined ? "has a name that no URL can have" : `cannot be reached: "${word}" is a word of restic's own`;
}

function depthProblem(depth: number, most: number): string | undefined {
  return depth > most ? `lies ${depth} folders deep, and is not served: at most ${most}` : undefined;
}

function notesOf(survey: TreeSurvey, { base }: TreePlace): string[] {
  const notes: string[] = [];
  if (survey.repositories.length === 0) notes.push("No repository lies there yet.");
  if (base !== "/") notes.push(`In every URL ${base.slice(1)} comes before the old path: rest:http://HOST:8000${base}...`);
  if (survey.repositories.some(({ segments }) => segments.length === 0)) {
    notes.push(
      `A repository lies at the top of the folder: only an account with a role on ${base} reaches it, and that reaches all others.`,
    );
  }
  if (!survey.everyFileChecked) notes.push("There are many files; not of all of them it was looked whether they can be read.");
  return notes;
}
