import { basic, sha256 } from "../support/http-request.ts";

/** Where a load goes: a hub in a process of its own, and an account that may do everything in its repositories. */
export interface LoadTarget {
  /** `http://host:port` of the listener for restic. */
  readonly url: string;
  /** The same over TLS, with HTTP/2, where the hub has it. */
  readonly secureUrl: string | undefined;
  /** What stands before the path of a repository, `/restic` on the listener `main`. */
  readonly root: string;
  readonly login: string;
  readonly password: string;
  /** `<data>/files/restic`. */
  readonly tree: string;
}

/** The header field that signs in as the target's account. */
export function signIn({ login, password }: LoadTarget): { readonly Authorization: string } {
  return { Authorization: basic({ login, secret: password }) };
}

export const MIB = 1024 * 1024;
export const GIB = 1024 * MIB;

/** The one pack that is there when a load begins. */
export const FIRST_PACK: Buffer = Buffer.from("the first");

/** Where it is to be had. */
export function firstPack({ root, login }: LoadTarget): string {
  return `${root}/${login}/data/${sha256(FIRST_PACK)}`;
}
