import { createHash } from "node:crypto";
import type { Archive } from "#model/archive.ts";
import { putFile } from "#storage/put-file.ts";
import type { Core } from "../core.ts";
import { type OpenArchives, sidecarPath } from "./open-archives.ts";

/** What the facts say of an archive, beside its file: should the facts be lost, its true name and its time are not. */
export async function writeSidecar(
  core: Core,
  archives: OpenArchives,
  archive: Omit<Archive, "accountId" | "door" | "ordinal" | "expiredAtMs">,
  signal: AbortSignal,
): Promise<void> {
  const { id, name, storedName, sizeBytes, sha256, createdAtMs, expiresAtMs } = archive;
  const { door, accountName: account, login } = archives;
  const facts = { version: 1, id, door, account, login, name, storedName, sizeBytes, sha256, createdAtMs, expiresAtMs };
  const bytes = Buffer.from(`${JSON.stringify(facts, undefined, 2)}\n`);
  const options = { temps: archives.temps, sizeBytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
  await putFile(core.storage, sidecarPath(archives.folder, id), once(bytes), { ...options, publish: "replace" }, signal);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}
