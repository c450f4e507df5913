import type { Principal } from "#domain/access/sign-in.ts";
import type { Visitor } from "#domain/access/visitor.ts";
import type { Core } from "#domain/core.ts";
import { parseBasic } from "#http/basic.ts";
import type { Exchange } from "#http/exchange.ts";
import type { Origin } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";

const LOGGED_CHARACTERS = 64; // no real login is longer
const CLIENT_CHARACTERS = 120;

/**
 * Who asks: whom a listed proxy vouches for, else whose Basic credentials these are, else the account that the operator named for
 * requests without a login. Clients from 0.16.1 on send an empty login and password when they have none; that is no sign-in at all
 * (spec/restic-rest.md section 0 row 10). Throws `unauthenticated`, `forbidden`, `overloaded`.
 */
export async function resolveVisitor(core: Core, exchange: Exchange, noAuthAccount: string | undefined): Promise<Visitor> {
  const principal = await findPrincipal(core, exchange, noAuthAccount);
  return { ...principal, origin: originOf(exchange) };
}

function originOf({ peer, headers }: Exchange): Origin {
  return { door: "restic", address: peer.address, client: headers["user-agent"]?.slice(0, CLIENT_CHARACTERS) };
}

async function findPrincipal(core: Core, exchange: Exchange, noAuthAccount: string | undefined): Promise<Principal> {
  if (exchange.peer.vouchedUser !== undefined) return await core.signIn.vouchedFor(exchange.peer.vouchedUser);
  const basic = parseBasic(exchange.headers.authorization);
  if (basic !== undefined) {
    exchange.note({ login: basic.login.slice(0, LOGGED_CHARACTERS) });
    return await core.signIn.withSecret({ ...basic, address: exchange.peer.address });
  }
  if (noAuthAccount !== undefined) return await core.signIn.asAccount(noAuthAccount);
  throw new HubError("unauthenticated", "Unauthorized");
}
