import { addressBlock } from "#lib/address-block.ts";
import type { Actor } from "#model/actor.ts";
import type { NewOperation } from "#model/operation.ts";
import type { PeerAddress } from "#model/peer-address.ts";
import type { RefusedBecause } from "./principal.ts";

/** One sign-in that was not let in. */
export interface FailedSignIn {
  /** What was claimed: anything at all. */
  readonly login: string;
  readonly address: PeerAddress;
  readonly door: string | undefined;
  readonly client: string | undefined;
  /** The account of that login, if there is one. */
  readonly account: string | undefined;
  /** Undefined: wrong, or not looked at. Else whoever it was has proven who they are. */
  readonly because: RefusedBecause | undefined;
  /** Refused without a look, because of the failures before it. */
  readonly unseen: boolean;
}

interface Count {
  readonly first: FailedSignIn;
  readonly firstAtMs: number;
  lastAtMs: number;
  count: number;
  unseen: number;
}

const LOGIN_CHARACTERS = 64;

/** Counts failed sign-ins by login, address and reason, so that the timeline gets a few lines for them however many there are. */
export class FailedSignIns {
  readonly #mostLines: number;
  #counts = new Map<string, Count>();
  /** Those for which there was no line left. */
  #rest: Count | undefined;

  constructor(mostLines: number) {
    this.#mostLines = mostLines;
  }

  get isEmpty(): boolean {
    return this.#counts.size === 0;
  }

  add(failed: FailedSignIn, nowMs: number): void {
    const login = shownLogin(failed.login);
    const key = JSON.stringify([login.toLowerCase(), addressBlock(failed.address), failed.because]);
    const known = this.#counts.get(key);
    if (known !== undefined) {
      countUp(known, failed, nowMs);
      return;
    }
    const count = { first: { ...failed, login }, firstAtMs: nowMs, lastAtMs: nowMs, count: 1, unseen: failed.unseen ? 1 : 0 };
    // One line is kept for all the rest.
    if (this.#counts.size < this.#mostLines - 1) this.#counts.set(key, count);
    else if (this.#rest === undefined) this.#rest = count;
    else countUp(this.#rest, failed, nowMs);
  }

  /** The lines for what was counted since they were last taken. */
  take(): NewOperation[] {
    const lines = [...this.#counts.values()].map(lineOf);
    if (this.#rest !== undefined) lines.push(lineOfRest(this.#rest));
    this.#counts = new Map();
    this.#rest = undefined;
    return lines;
  }
}

function countUp(count: Count, { unseen }: FailedSignIn, nowMs: number): void {
  count.count += 1;
  if (unseen) count.unseen += 1;
  count.lastAtMs = Math.max(count.lastAtMs, nowMs);
}

function lineOf({ first, firstAtMs, lastAtMs, count, unseen }: Count): NewOperation {
  const { login, address, account, because, door, client } = first;
  const actor: Actor =
    because === undefined || account === undefined ? { kind: "stranger", login } : { kind: "account", name: account, login };
  const often = count === 1 ? "" : `, ${count} times`;
  const what = because === undefined ? `Failed sign-in as ${login}` : `${login} was not let in: ${REASONS[because]}`;
  return {
    kind: "signin.failed",
    status: because === undefined ? "failed" : "refused",
    startedAtMs: firstAtMs,
    endedAtMs: lastAtMs,
    actor,
    account,
    door,
    address,
    client,
    summary: `${what}, from ${address === "unix" ? "a unix socket" : address}${often}`,
    details: { count, unseen, because: because ?? "wrong" },
  };
}

const REASONS: Readonly<Record<RefusedBecause, string>> = {
  "account disabled": "the account is disabled",
  disabled: "the login is disabled",
  expired: "the login has expired",
  address: "the login is not allowed there",
};

function lineOfRest({ first, firstAtMs, lastAtMs, count, unseen }: Count): NewOperation {
  return {
    kind: "signin.failed",
    status: "failed",
    startedAtMs: firstAtMs,
    endedAtMs: lastAtMs,
    actor: { kind: "stranger", login: undefined },
    door: first.door,
    summary: `${count} more failed sign-ins, under other names or from other addresses`,
    details: { count, unseen, because: "several" },
  };
}

/** Cut, and without what could steer a terminal; the log and the timeline show what strangers send. */
function shownLogin(login: string): string {
  const printable = login.normalize("NFC").replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?");
  return [...printable].slice(0, LOGIN_CHARACTERS).join("");
}
