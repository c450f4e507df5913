import { createHash, randomInt } from "node:crypto";
import { findArchiveSession } from "#db/archive-sessions.ts";
import type { Origin } from "#model/actor.ts";
import type { Archive } from "#model/archive.ts";
import { HubError } from "#model/hub-error.ts";
import type { Core } from "../core.ts";
import { OpenArchives } from "./open-archives.ts";

const TOKEN_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const TOKEN_LENGTH = 24; // 142 bits

/** What a link is to show, and for how long. */
export interface SessionWish {
  readonly prefix: string;
  readonly seconds: number;
  readonly uses: number | undefined;
}

/** A link that works: the archives as whoever has it may read them. */
export interface OpenSession {
  readonly kind: "open";
  readonly archives: OpenArchives;
  readonly tokenSha256: string;
  readonly prefix: string;
  readonly endsAtMs: number;
}

export type FoundSession = OpenSession | { readonly kind: "ended"; readonly endedAtMs: number; readonly why: "expired" | "revoked" };

/** Makes a link that shows archives to whoever has it; resolves to its token, which is not kept. Throws `forbidden`, `overloaded`. */
export async function makeSession(core: Core, archives: OpenArchives, { prefix, seconds, uses }: SessionWish): Promise<string> {
  archives.require("read");
  const token = Array.from({ length: TOKEN_LENGTH }, () => TOKEN_LETTERS[randomInt(TOKEN_LETTERS.length)]).join("");
  const nowMs = core.time.latestMs();
  await core.database.write("addArchiveSession", {
    tokenSha256: digestOf(token),
    accountId: archives.accountId,
    login: archives.login,
    namePrefix: prefix,
    expiresAtMs: nowMs + seconds * 1000,
    usesLeft: uses ?? null,
    mostPerHour: core.limits.archiveSessionsPerHour,
    mostLive: core.limits.archiveSessionsLive,
    nowMs,
    by: archives.actor,
  });
  return token;
}

/** What a token leads to; undefined when it is no link's. Throws `unavailable` in maintenance. */
export async function findSession(core: Core, token: string, origin: Origin): Promise<FoundSession | undefined> {
  const tokenSha256 = digestOf(token);
  const found = await findArchiveSession(core.database.read, tokenSha256);
  if (found === undefined) return undefined;
  const nowMs = core.time.latestMs();
  const { accountId, accountName, login, expiresAtMs } = found;
  if (nowMs >= expiresAtMs) return { kind: "ended", endedAtMs: expiresAtMs, why: "expired" };
  const isOver = found.loginExpiresAtMs !== undefined && nowMs >= found.loginExpiresAtMs;
  if (found.endedAtMs !== undefined || !found.isBacked || isOver || found.usesLeft === 0 || login === undefined) {
    return { kind: "ended", endedAtMs: found.endedAtMs ?? nowMs, why: "revoked" };
  }
  const visitor = { accountId, accountName, login, mostRole: undefined, archiveScope: "read-only" as const, origin };
  const archives = await OpenArchives.open(core.access, visitor, "restbackup");
  return { kind: "open", archives, tokenSha256, prefix: found.namePrefix, endsAtMs: expiresAtMs };
}

/** Counts a download through a link, and tells the timeline of it. Throws `not_found` when it has had its last. */
export async function noteSessionDownload(core: Core, session: OpenSession, { name, sizeBytes }: Archive): Promise<void> {
  const nowMs = core.clock();
  const { tokenSha256, archives } = session;
  if (!(await core.database.write("useArchiveSession", { tokenSha256, nowMs }))) throw new HubError("not_found", "This link has ended");
  const { origin } = archives;
  core.timeline.record({
    kind: "archive.fetched",
    status: "succeeded",
    startedAtMs: nowMs,
    endedAtMs: nowMs,
    actor: { kind: "stranger", login: `link ~${tokenSha256.slice(0, 6)}` },
    account: archives.accountName,
    ...(origin !== undefined && { door: origin.door, address: origin.address, client: origin.client }),
    summary: `${name} was fetched through a link`,
    details: { name, sizeBytes },
  });
}

function digestOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
