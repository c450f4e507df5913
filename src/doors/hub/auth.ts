import { Caller } from "#domain/access/caller.ts";
import { requireNotArchiveLogin } from "#domain/access/principal.ts";
import type { Principal } from "#domain/access/sign-in.ts";
import type { TokenUses } from "#domain/access/token-uses.ts";
import type { Core } from "#domain/core.ts";
import { parseBasic } from "#http/basic.ts";
import type { Exchange } from "#http/exchange.ts";
import { originOf } from "#http/origin.ts";
import type { Origin } from "#model/actor.ts";
import type { ApiToken } from "#model/api-token.ts";
import { HubError } from "#model/hub-error.ts";
import { isLocalOperator } from "./local-operator.ts";

const LOGGED_CHARACTERS = 64; // no real login is longer

export interface AuthOptions {
  readonly tokenUses: TokenUses;
  /** Whether the machine's own operator needs no credentials. */
  readonly localOperator: boolean;
}

/**
 * Who asks: whose token it is, else whom a listed proxy vouches for, else whose Basic credentials or certificate these are, else, without
 * any, the local operator. Throws `unauthenticated`, `forbidden`, `overloaded`.
 */
export async function resolveCaller(core: Core, exchange: Exchange, { tokenUses, localOperator }: AuthOptions): Promise<Caller> {
  const origin = originOf(exchange, "hub");
  const { authorization } = exchange.headers;
  const secret = bearerOf(exchange);
  if (secret !== undefined) return Caller.withToken(await signInWithToken(core, exchange, { secret, tokenUses }), origin);
  const principal = await findPrincipal(core, exchange, origin);
  if (principal !== undefined) {
    requireNotArchiveLogin(principal);
    exchange.note({ account: principal.accountName });
    return await Caller.account(core, { ...principal, origin });
  }
  if (localOperator && authorization === undefined && (await isLocalOperator(exchange, core.limits.socketTableBytes))) {
    exchange.note({ operator: true });
    return Caller.operator(origin);
  }
  throw new HubError("unauthenticated", "Sign in with an API token, or as an account");
}

/** The secret that the request brings as a Bearer token; undefined without one. */
export function bearerOf({ headers }: Pick<Exchange, "headers">): string | undefined {
  return /^bearer +(?<secret>\S+) *$/i.exec(headers.authorization ?? "")?.groups?.["secret"];
}

/** The API token with that secret, its use noted. Throws `unauthenticated`, `forbidden`. */
export async function signInWithToken(
  core: Core,
  exchange: Exchange,
  { secret, tokenUses }: { readonly secret: string; readonly tokenUses: TokenUses },
): Promise<ApiToken> {
  const token = await core.signIn.withToken({ secret, ...originOf(exchange, "hub") });
  tokenUses.note(token);
  exchange.note({ token: token.name });
  return token;
}

async function findPrincipal(core: Core, exchange: Exchange, origin: Origin): Promise<Principal | undefined> {
  if (exchange.peer.vouchedUser !== undefined) return await core.signIn.vouchedFor(exchange.peer.vouchedUser, origin);
  const basic = parseBasic(exchange.headers.authorization);
  if (basic === undefined) {
    const { certifiedName } = exchange.peer;
    return certifiedName === undefined ? undefined : await core.signIn.withCertificate({ name: certifiedName, ...origin });
  }
  exchange.note({ login: basic.login.slice(0, LOGGED_CHARACTERS) });
  return await core.signIn.withSecret({ ...basic, ...origin });
}
