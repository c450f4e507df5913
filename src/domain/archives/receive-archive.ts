import { randomInt } from "node:crypto";
import type { BegunArchive } from "#db/archive-changes.ts";
import type { Archive } from "#model/archive.ts";
import { HubError } from "#model/hub-error.ts";
import type { IncomingBytes } from "#model/incoming-bytes.ts";
import type { Upload } from "#storage/driver.ts";
import type { Core } from "../core.ts";
import { takeDiskRoom } from "../quotas/take-disk-room.ts";
import { Digesting, type ExpectedDigests } from "./expected-digests.ts";
import { expireArchive } from "./expire-archive.ts";
import type { OpenArchives } from "./open-archives.ts";
import { requireMayReceive } from "./require-may-receive.ts";
import { writeSidecar } from "./sidecar.ts";
import { storedNames } from "./stored-names.ts";
import { tooLarge } from "./too-large.ts";

// What an upload of unknown length reserves at a time.
const GROWS_BY_BYTES = 64 * 1024 * 1024;

/** What is about to be kept. */
export interface IncomingArchive {
  readonly name: string;
  readonly body: IncomingBytes;
  readonly expected: ExpectedDigests;
  /** What its sender calls it. */
  readonly contentType: string | undefined;
}

/**
 * Keeps a file under a name that it has not kept before; durable, with its fact, when it resolves. Throws `forbidden`, `unavailable`,
 * `already_exists`, `too_large`, `quota_exceeded`, `storage_full` before a byte is read; `hash_mismatch`, `incomplete`, and those again,
 * later. Nothing is left of a refused upload, and its name stays free.
 */
export async function receiveArchive(core: Core, archives: OpenArchives, incoming: IncomingArchive, signal: AbortSignal): Promise<Archive> {
  const { name, body, contentType } = incoming;
  const mostBytes = await requireMayReceive(core, archives, { name, sizeBytes: body.lengthBytes });
  const sizeBytes = body.lengthBytes ?? 0;
  const keptBytes = (reserveBytes: number) => reserveBytes;
  using disk = await takeDiskRoom(core, { folder: archives.folder, sizeBytes, keptBytes }, signal);
  const { accountId, door, login } = archives;
  const facts = { accountId, door, name, storedNames: storedNames(name, [drawn(), drawn(), drawn()]), sizeBytes, contentType, login };
  let process = "";
  const begun = await core.quotas.take<BegunArchive | { readonly kind: "files"; readonly mostFiles: number }>(
    async (own) => {
      process = own.process;
      return await core.database.write("beginArchive", { ...facts, ...own, nowMs: core.clock() });
    },
    { needBytes: sizeBytes, signal },
  );
  if (begun.kind === "files") {
    throw new HubError("quota_exceeded", `Quota: this account may have ${begun.mostFiles} files, and has them`);
  }
  const arriving = new Arriving(core, archives, { ...begun, name, process, reservedBytes: sizeBytes });
  try {
    const lookAgain = async () =>
      (await takeDiskRoom(core, { folder: archives.folder, sizeBytes: 0, keptBytes }, signal))[Symbol.dispose]();
    const looksAgain = body.lengthBytes === undefined || core.uploads.hasNeighbours;
    const covered = disk.filling(arriving.covered(body, { mostBytes, signal }), looksAgain ? lookAgain : undefined);
    const archive = await arriving.store(covered, incoming.expected, signal);
    noteStored(core, archives, archive);
    return archive;
  } catch (error) {
    const { folder } = archives;
    await core.archiveRemains.takeAway({ id: begun.id, folder, storedName: begun.storedName, process, hasFile: arriving.isPublished });
    throw error;
  }
}

/** One archive from its first byte until it is there. */
class Arriving {
  readonly #core: Core;
  readonly #archives: OpenArchives;
  readonly #begun: BegunArchive & { readonly name: string; readonly process: string };
  #reservedBytes: number;
  /** Whether its file has got to its place. */
  isPublished = false;

  constructor(
    core: Core,
    archives: OpenArchives,
    { reservedBytes, ...begun }: BegunArchive & { readonly name: string; readonly process: string; readonly reservedBytes: number },
  ) {
    this.#core = core;
    this.#archives = archives;
    this.#begun = begun;
    this.#reservedBytes = reservedBytes;
  }

  /** The same bytes, each reserved before it is passed on, and never more than `mostBytes`. */
  async *covered(
    body: IncomingBytes,
    { mostBytes, signal }: { readonly mostBytes: number; readonly signal: AbortSignal },
  ): AsyncGenerator<Uint8Array, void, undefined> {
    let seenBytes = 0;
    for await (const chunk of body) {
      seenBytes += chunk.length;
      if (seenBytes > mostBytes) throw tooLarge(mostBytes);
      if (seenBytes > this.#reservedBytes) await this.#grow(Math.min(seenBytes + GROWS_BY_BYTES, mostBytes) - this.#reservedBytes, signal);
      yield chunk;
    }
  }

  async store(body: AsyncIterable<Uint8Array>, expected: ExpectedDigests, signal: AbortSignal): Promise<Archive> {
    const { storage, database, time } = this.#core;
    const { id, name, storedName, process } = this.#begun;
    const digesting = new Digesting(expected);
    const file = this.#archives.pathOf({ storedName });
    await using upload = await storage.begin(
      file,
      { temps: this.#archives.temps, sizeBytes: this.#reservedBytes || undefined, publish: "absent" },
      signal,
    );
    let sizeBytes = 0;
    for await (const chunk of body) {
      digesting.update(chunk);
      sizeBytes += chunk.length;
      await upload.write(chunk);
    }
    const sha256 = digesting.finish();
    const retainMs = this.#archives.rules.account.retainDays * DAY_MS;
    const expectedAtMs = Math.floor(time.latestMs() / 1000) * 1000; // a clock that was set back must not end it early
    const facts = { id, name, storedName, sizeBytes, sha256 };
    await this.#publish(upload, { ...facts, createdAtMs: expectedAtMs, expiresAtMs: expectedAtMs + retainMs }, signal);
    signal.throwIfAborted(); // the last moment: from here on it may be there for others
    const archive = await this.#complete(() => database.write("completeArchive", { ...facts, process, retainMs, nowMs: time.latestMs() }));
    if (archive.createdAtMs !== expectedAtMs) await this.#correct(archive);
    return archive;
  }

  async #publish(upload: Upload, facts: Parameters<typeof writeSidecar>[2], signal: AbortSignal): Promise<void> {
    // Side by side: their syncs share what the file system writes for them. Neither goes on alone when the other has failed.
    const commit = async () => {
      await upload.commit();
      this.isPublished = true;
    };
    const done = await Promise.allSettled([commit(), writeSidecar(this.#core, this.#archives, facts, signal)]);
    for (const result of done) if (result.status === "rejected") throw result.reason;
  }

  /** Once more when what has its name by now is over, and nothing has carried that out yet. */
  async #complete(complete: () => Promise<Archive>): Promise<Archive> {
    try {
      return await complete();
    } catch (error) {
      if (!(error instanceof HubError) || error.code !== "already_exists") throw error;
      if (!(await expireArchive(this.#core, this.#archives, this.#begun.name))) throw error;
      return await complete();
    }
  }

  /** The clock went back: it has the time of the one before it. What the sidecar says is late then, and no reason to refuse what is there. */
  async #correct(archive: Archive): Promise<void> {
    try {
      await writeSidecar(this.#core, this.#archives, archive, new AbortController().signal);
    } catch (error) {
      this.#core.log.warn("the times beside an archive were not put right", { id: archive.id, error });
    }
  }

  async #grow(bytes: number, signal: AbortSignal): Promise<void> {
    const { id, process } = this.#begun;
    await this.#core.quotas.take(({ uncountable }) => this.#core.database.write("growArchive", { id, process, bytes, uncountable }), {
      needBytes: bytes,
      signal,
    });
    this.#reservedBytes += bytes;
  }
}

function noteStored(core: Core, { actor, accountName, origin }: OpenArchives, { name, sizeBytes, sha256, createdAtMs }: Archive): void {
  core.timeline.record({
    kind: "archive.stored",
    status: "succeeded",
    startedAtMs: createdAtMs,
    endedAtMs: core.clock(),
    actor,
    account: accountName,
    ...(origin !== undefined && { door: origin.door, address: origin.address, client: origin.client }),
    summary: `${name} was stored`,
    details: { name, sizeBytes, sha256 },
  });
}

function drawn(): number {
  return randomInt(2, 2 ** 47);
}

const DAY_MS = 24 * 60 * 60_000;
