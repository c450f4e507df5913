import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findRestic, type ResticClient, type ResticVersion, resticClient } from "../clients/restic.ts";
import { between, bytesOf, oneOf } from "./object-bytes.ts";

const VERSIONS: readonly ResticVersion[] = ["0.19.1", "0.18.1", "0.14.0"];
const FILES = 12;
const FILE_BYTES = 700_000;

/** The newest real restic that this machine has; undefined when there is none. */
export function newestRestic(): ResticVersion | undefined {
  return VERSIONS.find((version) => findRestic(version) !== undefined);
}

/** What restic does in one round. */
export type ResticWork = "nothing" | "backup" | "two backups" | "prune" | "backup and prune";

/** A machine with files that change, and a restic that backs them up and cleans up. */
export class ResticLoad {
  readonly #restic: ResticClient;
  readonly #check: (url: string) => ResticClient;
  readonly #folder: string;

  /** `folder`: its own. `repository`: as restic takes it, by way of the recording proxy. */
  constructor(version: ResticVersion, { folder, repository }: { readonly folder: string; readonly repository: string }) {
    this.#folder = folder;
    this.#restic = resticClient({ version, repository, cwd: folder });
    this.#check = (url) => resticClient({ version, repository: `rest:${url}`, cwd: folder });
  }

  async init(random: () => number): Promise<void> {
    await mkdir(join(this.#folder, "tree"), { recursive: true });
    for (let file = 0; file < FILES; file += 1) await this.#changeFile(file, random);
    await this.#restic(["init"]);
  }

  /** Changes some files. */
  async changeFiles(random: () => number): Promise<void> {
    for (let times = between(random, 1, 3); times > 0; times -= 1) await this.#changeFile(between(random, 0, FILES - 1), random);
  }

  /** Starts the commands; each resolves to whether it has ended well. Aborting kills them as a power cut would. */
  start(work: ResticWork, signal: AbortSignal): readonly Promise<boolean>[] {
    const run = (...args: string[]) =>
      this.#restic(args, { signal }).then(
        () => true,
        () => false,
      );
    const backup = () => run("backup", "tree", "--host", "crash");
    const prune = () => run("forget", "--keep-last", "2", "--prune", "--max-unused", "0");
    if (work === "nothing") return [];
    if (work === "backup") return [backup()];
    if (work === "two backups") return [backup(), backup()];
    return work === "prune" ? [prune()] : [backup(), prune()];
  }

  /** Its own check of the repository at `url`, and what it says when it fails. */
  async check(url: string, { readData }: { readonly readData: boolean }): Promise<string[]> {
    try {
      await this.#check(url)(["check", "--no-lock", "--no-cache", ...(readData ? ["--read-data"] : [])]);
      return [];
    } catch (error) {
      return [`restic check${readData ? " --read-data" : ""}: ${error instanceof Error ? error.message : String(error)}`];
    }
  }

  async #changeFile(file: number, random: () => number): Promise<void> {
    const recipe = { seed: Math.floor(random() * 2 ** 48), sizeBytes: between(random, 1, FILE_BYTES) };
    const path = join(this.#folder, "tree", `file-${file}`);
    await rm(path, { force: true });
    await writeFile(path, bytesOf(recipe));
  }
}

/** What restic does in a round that it takes part in. */
export function chooseResticWork(random: () => number): ResticWork {
  return oneOf(random, ["backup", "backup", "two backups", "prune", "backup and prune"]);
}
