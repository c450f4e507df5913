import { type Stats, statSync } from "node:fs";
import { access, constants, opendir, stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { EntryPath } from "#model/entry-path.ts";
import { HubError } from "#model/hub-error.ts";
import type { Soon } from "../disk/disk.ts";
import type { KeptPart } from "../disk/joined-disk.ts";
import type { FilePath } from "../file-path.ts";
import { isRemote } from "./is-remote.ts";
import type { NameLock } from "./name-lock.ts";
import { NodeDisk } from "./node-disk.ts";
import { QuickCalls } from "./quick-calls.ts";

/**
 * A folder outside the root that holds a part of the tree. It is never made: when it is gone, is empty, or its file system is not mounted
 * where it was, everything in it is `unavailable` until it is back, rather than absent.
 */
export class KeptFolder implements KeptPart {
  readonly path: EntryPath;
  readonly prefix: FilePath;
  readonly #warn: (message: string) => void;
  readonly #names: NameLock;
  #disk: NodeDisk;
  /** Direct calls only while it is known to be no file system that may hang. */
  #looks = new QuickCalls({ allowed: false });
  /** Device and number of the folder as it was found in order. */
  #known: string | undefined;
  #trouble: string | undefined;

  /** `warn` takes a sentence for whoever runs the hub; `names` is the lock of the tree that this is a part of. */
  constructor(path: EntryPath, { warn, names }: { readonly warn: (message: string) => void; readonly names: NameLock }) {
    this.path = path;
    this.prefix = path.prefix as FilePath; // whoever adopted it has made it of names that a grammar accepts
    this.#warn = warn;
    this.#names = names;
    this.#disk = new NodeDisk(path.folder, { quick: false, names });
  }

  get disk(): NodeDisk {
    return this.#disk;
  }

  requireThere(): Soon<void> {
    const isAsKnown = this.#looks.run(
      () => this.#isAsKnown(),
      async () => false,
    );
    return isAsKnown === true ? undefined : this.#look();
  }

  /** Why it cannot be used now, in a sentence; undefined when it can. Writes nothing. */
  async findTrouble(): Promise<string | undefined> {
    try {
      await this.requireThere();
      await access(this.path.folder, constants.R_OK | constants.W_OK | constants.X_OK);
      return undefined;
    } catch (error) {
      return this.#trouble ?? `${this.path.folder} cannot be used: ${messageOf(error)}`;
    }
  }

  #isAsKnown(): boolean {
    try {
      return identityOf(statSync(this.path.folder)) === this.#known;
    } catch {
      return false;
    }
  }

  async #look(): Promise<void> {
    try {
      const now = await stat(this.path.folder);
      if (identityOf(now) === this.#known) return;
      const problem = await this.#findProblem(now);
      if (problem !== undefined) throw new Error(problem);
      const quick = !isRemote((await statfs(this.path.folder)).type);
      this.#looks = new QuickCalls({ allowed: quick });
      this.#disk = new NodeDisk(this.path.folder, { quick, names: this.#names });
      this.#known = identityOf(now);
      if (this.#trouble !== undefined) this.#warn(`${this.path.folder} is back: /${this.prefix}/ is served again`);
      this.#trouble = undefined;
    } catch (cause) {
      this.#known = undefined;
      const trouble = `/${this.prefix}/ cannot be served: ${this.path.folder}: ${messageOf(cause)}`;
      if (trouble !== this.#trouble) this.#warn(trouble); // once, not with each request
      this.#trouble = trouble;
      throw new HubError("unavailable", "The disk of this repository is not there; it may not be mounted", { cause });
    }
  }

  async #findProblem(now: Stats): Promise<string | undefined> {
    const { folder, mount } = this.path;
    if (!now.isDirectory()) return "it is no folder";
    // One and the same device above and below a mount point: nothing is mounted there.
    if (mount !== undefined && (await stat(mount)).dev === (await stat(dirname(mount))).dev) return `nothing is mounted at ${mount}`;
    await using names = await opendir(folder);
    return (await names.read()) === null ? "it is empty, as the place of a disk is that is not mounted" : undefined;
  }
}

/** Where the file system of the folder is mounted; undefined for the one that everything hangs on. */
export async function findMount(folder: string): Promise<string | undefined> {
  const { dev } = await stat(folder);
  for (let top = folder; top !== dirname(top); top = dirname(top)) if ((await stat(dirname(top))).dev !== dev) return top;
  return undefined;
}

function identityOf({ dev, ino }: Stats): string {
  return `${dev} ${ino}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
