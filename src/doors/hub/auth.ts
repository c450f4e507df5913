import { Caller } from "#domain/access/caller.ts";
import type { Principal } from "#domain/access/sign-in.ts";
import type { TokenUses } from "#domain/access/token-uses.ts";
import type { Core } from "#domain/core.ts";
import { parseBasic } from "#http/basic.ts";
import type { Exchange } from "#http/exchange.ts";
import type { Origin } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";
import { isLocalOperator } from "./local-operator.ts";

const LOGGED_CHARACTERS = 64; // no real login is longer
const CLIENT_CHARACTERS = 120;

export interface AuthOptions {
  readonly tokenUses: TokenUses;
  /** Whether the machine's own operator needs no credentials. */
  readonly localOperator: boolean;
}

/**
 * Who asks: whose token it is, else whom a listed proxy vouches for, else whose Basic credentials these are, else, without any, the local
 * operator. Throws `unauthenticated`, `forbidden`, `overloaded`.
 */
export async function resolveCaller(core: Core, exchange: Exchange, { tokenUses, localOperator }: AuthOptions): Promise<Caller> {
  const origin = originOf(exchange);
  const { authorization } = exchange.headers;
  const secret = /^bearer +(?<secret>\S+) *$/i.exec(authorization ?? "")?.groups?.["secret"];
  if (secret !== undefined) {
    const token = await core.signIn.withToken({ secret, address: exchange.peer.address });
    tokenUses.note(token);
    exchange.note({ token: token.name });
    return Caller.withToken(token, origin);
  }
  const principal = await findPrincipal(core, exchange);
  if (principal !== undefined) {
    exchange.note({ account: principal.accountName });
    return await Caller.account(core, { ...principal, origin });
  }
  if (localOperator && authorization === undefined && (await isLocalOperator(exchange, core.limits.socketTableBytes))) {
    exchange.note({ operator: true });
    return Caller.operator(origin);
  }
  throw new HubError("unauthenticated", "Sign in with an API token, or as an account");
}

async function findPrincipal(core: Core, exchange: Exchange): Promise<Principal | undefined> {
  if (exchange.peer.vouchedUser !== undefined) return await core.signIn.vouchedFor(exchange.peer.vouchedUser);
  const basic = parseBasic(exchange.headers.authorization);
  if (basic === undefined) return undefined;
  exchange.note({ login: basic.login.slice(0, LOGGED_CHARACTERS) });
  return await core.signIn.withSecret({ ...basic, address: exchange.peer.address });
}

function originOf({ peer, headers }: Exchange): Origin {
  const client = headers["user-agent"]?.replace(/[^\x20-\x7e]/g, "?").slice(0, CLIENT_CHARACTERS);
  return { door: "hub", address: peer.address, client };
}
