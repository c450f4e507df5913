import { findApiTokenByName } from "#db/api-tokens.ts";
import type { ApiToken } from "#model/api-token.ts";
import type { Core } from "../core.ts";
import { Caller } from "./caller.ts";
import { refusedBecause } from "./principal.ts";
import type { Visitor } from "./visitor.ts";

// Ends that come with time alone are noticed after this long.
const LOOK_AGAIN_MS = 60_000;

/**
 * The caller of a request that lasts. It is looked at again whenever anything about access has changed, and each minute, without its secret:
 * that was right when the request began, and counts for as long as the hub keeps the same one.
 */
export class LiveCaller {
  readonly #core: Core;
  readonly #secrets: readonly string[];
  #caller: Caller;
  #version: number;
  #lookedAtMs = performance.now();

  private constructor(core: Core, caller: Caller, { version, secrets }: { readonly version: number; readonly secrets: readonly string[] }) {
    this.#core = core;
    this.#caller = caller;
    this.#version = version;
    this.#secrets = secrets;
  }

  /** `caller` has just signed in. */
  static async open(core: Core, caller: Caller): Promise<LiveCaller> {
    const version = await core.database.accessVersion();
    return new LiveCaller(core, caller, { version, secrets: await secretsOf(core, caller.visitor) });
  }

  /** The caller with what it may see now; undefined when it would not be let in any more. Costs next to nothing while nothing has changed. */
  async now(): Promise<Caller | undefined> {
    const version = await this.#core.database.accessVersion();
    const nowMs = performance.now();
    if (version === this.#version && nowMs - this.#lookedAtMs < LOOK_AGAIN_MS) return this.#caller;
    const renewed = await this.#renewed();
    if (renewed === undefined) return undefined;
    this.#caller = renewed;
    this.#version = version;
    this.#lookedAtMs = nowMs;
    return renewed;
  }

  async #renewed(): Promise<Caller | undefined> {
    const { token, visitor, origin } = this.#caller;
    if (token !== undefined) {
      const found = await findApiTokenByName(this.#core.database.read, token.name);
      return found?.id === token.id && isInForce(found, this.#core.time.latestMs()) ? Caller.withToken(found, origin) : undefined;
    }
    if (visitor === undefined) return this.#caller;
    const found = await this.#core.access.credential(visitor.login);
    if (found === undefined || found.account.id !== visitor.accountId) return undefined;
    if (refusedBecause(found, { nowMs: this.#core.time.latestMs(), address: visitor.origin.address }) !== undefined) return undefined;
    const secrets = await secretsOf(this.#core, visitor);
    if (!this.#secrets.every((secret) => secrets.includes(secret))) return undefined;
    return await Caller.account(this.#core, { ...visitor, mostRole: found.credential.mostRole });
  }
}

function isInForce({ disabledAtMs, expiresAtMs }: ApiToken, nowMs: number): boolean {
  return disabledAtMs === undefined && (expiresAtMs === undefined || nowMs < expiresAtMs);
}

/**
 * The hashes of all that is right for that login now. While a rotation has two, nobody knows which of them the caller had: the end of
 * either is taken for the end of its own, and whoever has the other signs in again.
 */
async function secretsOf(core: Core, visitor: Visitor | undefined): Promise<readonly string[]> {
  const credential = visitor === undefined ? undefined : (await core.access.credential(visitor.login))?.credential;
  if (credential === undefined) return [];
  const { id, secretHash, previousSecret } = credential;
  const isOldRight = previousSecret !== undefined && core.time.latestMs() < previousSecret.untilMs;
  return [`${id} ${secretHash}`, ...(isOldRight ? [`${id} ${previousSecret.hash}`] : [])];
}
