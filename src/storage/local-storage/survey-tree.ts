import type { Dirent } from "node:fs";
import { access, constants, opendir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { systemCode } from "../system-error.ts";
import { findMount } from "./kept-folder.ts";

const { R_OK, W_OK, X_OK } = constants;

/** Something in a tree that a person should know of. */
export interface TreeTrouble {
  /** Below the tree's folder; `.` is that itself. */
  readonly path: string;
  /** In words: `cannot be read`. */
  readonly reason: string;
}

/** What lies in a folder of restic repositories that somebody else has written. */
export interface TreeSurvey {
  /** Absolute, without links. */
  readonly folder: string;
  /** Where its file system is mounted; undefined for the one that is always there. */
  readonly mount: string | undefined;
  readonly isEmpty: boolean;
  /** Names of the folders down to each repository; none for one that lies in the folder itself. */
  readonly repositories: readonly { readonly segments: readonly string[]; readonly hasConfig: boolean }[];
  /** The first of them; `troubleCount` says how many there are. */
  readonly troubles: readonly TreeTrouble[];
  readonly troubleCount: number;
  /** False when there were more files than were to be looked at. */
  readonly everyFileChecked: boolean;
}

export interface SurveyOptions {
  /** How many folders down a repository is looked for. */
  readonly depth: number;
  /** How many files are looked at; of those behind, it is not known whether they can be read. */
  readonly files: number;
  /** Names of the folders that a repository is made of. */
  readonly typeFolders: readonly string[];
}

const TROUBLES_TOLD = 50;
const REPOSITORIES = 100_000;
const CHECKS_AT_ONCE = 32;
const PACK_FOLDER = /^[0-9a-f]{2}$/;

/**
 * Looks through a tree without changing anything, also its times of change: where repositories lie, and what this user can not read or
 * change. Throws the system's error when the folder itself cannot be read.
 */
export async function surveyTree(path: string, options: SurveyOptions, signal: AbortSignal): Promise<TreeSurvey> {
  const folder = await realpath(path);
  const survey = new Survey(folder, options, signal);
  const names = await survey.readTop();
  await survey.checkOwner();
  await survey.walk([]);
  return { folder, mount: await findMount(folder), isEmpty: names === 0, ...survey.result() };
}

class Survey {
  readonly #top: string;
  readonly #options: SurveyOptions;
  readonly #signal: AbortSignal;
  readonly #repositories: { segments: readonly string[]; hasConfig: boolean }[] = [];
  readonly #troubles: TreeTrouble[] = [];
  #troubleCount = 0;
  #filesLeft: number;
  #everyFileChecked = true;

  constructor(top: string, options: SurveyOptions, signal: AbortSignal) {
    this.#top = top;
    this.#options = options;
    this.#signal = signal;
    this.#filesLeft = options.files;
  }

  result(): Pick<TreeSurvey, "repositories" | "troubles" | "troubleCount" | "everyFileChecked"> {
    return {
      repositories: this.#repositories.sort((a, b) => (a.segments.join("/") < b.segments.join("/") ? -1 : 1)),
      troubles: this.#troubles,
      troubleCount: this.#troubleCount,
      everyFileChecked: this.#everyFileChecked,
    };
  }

  /** How many names there are, up to one. */
  async readTop(): Promise<number> {
    await using names = await opendir(this.#top);
    return (await names.read()) === null ? 0 : 1;
  }

  /** Tells when the tree is another user's: what is added will not be, and its old server may not be able to read that. */
  async checkOwner(): Promise<void> {
    const { uid } = await stat(this.#top);
    const self = process.getuid?.() ?? uid;
    if (uid !== self)
      this.#tell([], `belongs to user ${uid}; what this user, ${self}, adds will be its own, and is to be given back with chown`);
  }

  /** One folder and, below it, whatever is no part of a repository. */
  async walk(segments: readonly string[]): Promise<void> {
    if (!(await this.#checkFolder(segments))) return;
    const folders: string[] = [];
    const types: string[] = [];
    let hasConfig = false;
    for await (const entry of this.#entries(segments)) {
      const isType = this.#options.typeFolders.includes(entry.name);
      if (entry.name === "config") hasConfig ||= entry.isFile() && (await this.#checkFiles(segments, [entry.name]));
      else if (/^\.hub-/i.test(entry.name)) continue;
      else if (entry.isSymbolicLink() && !isType) await this.#tellOfLink([...segments, entry.name]);
      else if (isType && (entry.isDirectory() || (await this.#leadsToFolder([...segments, entry.name])))) {
        types.push(entry.name);
        if (entry.isSymbolicLink()) await this.#tellIfOutside([...segments, entry.name]);
      } else if (entry.isDirectory()) folders.push(entry.name);
    }
    if (hasConfig || types.length > 0) {
      if (this.#repositories.length >= REPOSITORIES) throw new Error(`There are more than ${REPOSITORIES} repositories in ${this.#top}`);
      this.#repositories.push({ segments, hasConfig });
    }
    for (const type of types) await this.#checkObjects([...segments, type]);
    // One further than asked: a repository that lies too deep is better named than passed over.
    if (segments.length <= this.#options.depth) for (const name of folders.sort()) await this.walk([...segments, name]);
  }

  /** The files of a type's folder, and the folders of packs in it. */
  async #checkObjects(segments: readonly string[]): Promise<void> {
    if (!(await this.#checkFolder(segments))) return;
    let files: string[] = [];
    const folders: string[] = [];
    for await (const entry of this.#entries(segments)) {
      if (entry.isDirectory()) folders.push(entry.name);
      else if (entry.isFile()) files.push(entry.name);
      else if (entry.isSymbolicLink() && segments.at(-1) === "data" && PACK_FOLDER.test(entry.name)) {
        await this.#tellIfOutside([...segments, entry.name]);
      }
      if (files.length >= CHECKS_AT_ONCE) await this.#checkFiles(segments, files.splice(0));
    }
    await this.#checkFiles(segments, files);
    files = [];
    if (segments.at(-1) === "data") {
      for (const name of folders) if (PACK_FOLDER.test(name)) await this.#checkObjects([...segments, name]);
    }
  }

  async *#entries(segments: readonly string[]): AsyncGenerator<Dirent, void, undefined> {
    try {
      for await (const entry of await opendir(this.#at(segments), { bufferSize: 256 })) {
        this.#signal.throwIfAborted();
        yield entry;
      }
    } catch (error) {
      this.#signal.throwIfAborted();
      if (segments.length === 0) throw error;
      this.#tell(segments, `cannot be read (${systemCode(error)})`);
    }
  }

  async #checkFolder(segments: readonly string[]): Promise<boolean> {
    const path = this.#at(segments);
    try {
      await access(path, R_OK | X_OK);
    } catch (error) {
      this.#tell(segments, `cannot be read (${systemCode(error)})`);
      return false;
    }
    try {
      await access(path, W_OK);
    } catch (error) {
      this.#tell(segments, `cannot be changed (${systemCode(error)})`);
    }
    return true;
  }

  /** Tells of those that cannot be read. Always true. */
  async #checkFiles(segments: readonly string[], names: readonly string[]): Promise<true> {
    const looked = names.slice(0, this.#filesLeft);
    this.#filesLeft -= looked.length;
    if (looked.length < names.length) this.#everyFileChecked = false;
    const refusals = await Promise.all(looked.map((name) => refusalOf(this.#at([...segments, name]))));
    for (const [index, refusal] of refusals.entries()) {
      if (refusal !== undefined) this.#tell([...segments, looked[index] ?? ""], `cannot be read (${refusal})`);
    }
    return true;
  }

  async #leadsToFolder(segments: readonly string[]): Promise<boolean> {
    try {
      return (await stat(this.#at(segments))).isDirectory();
    } catch {
      return false;
    }
  }

  async #tellOfLink(segments: readonly string[]): Promise<void> {
    if (!(await this.#leadsToFolder(segments))) return;
    this.#tell(segments, "is a link to a folder: a repository behind it is served, but not looked for here");
  }

  /** A part of a repository that lies elsewhere: its owner may have put it on another disk, or somebody else may have planted it. */
  async #tellIfOutside(segments: readonly string[]): Promise<void> {
    if (!(await this.#leadsToFolder(segments))) return;
    const target = await realpath(this.#at(segments));
    if (target === this.#top || target.startsWith(join(this.#top, "/"))) return;
    this.#tell(segments, `is a link that leads out of the tree, to ${target}: what lies there is served and can be removed`);
  }

  #tell(segments: readonly string[], reason: string): void {
    this.#troubleCount += 1;
    if (this.#troubles.length < TROUBLES_TOLD) this.#troubles.push({ path: segments.join("/") || ".", reason });
  }

  #at(segments: readonly string[]): string {
    return join(this.#top, ...segments);
  }
}

async function refusalOf(path: string): Promise<string | undefined> {
  try {
    await access(path, R_OK);
    return undefined;
  } catch (error) {
    const code = systemCode(error);
    return code === "ENOENT" ? undefined : code; // removed since: rest-server may be at work
  }
}
