import { type Principal, requireNotArchiveLogin } from "#domain/access/principal.ts";
import type { Visitor } from "#domain/access/visitor.ts";
import type { Core } from "#domain/core.ts";
import { parseBasic } from "#http/basic.ts";
import type { Exchange } from "#http/exchange.ts";
import { originOf } from "#http/origin.ts";
import type { Soon } from "#lib/soon.ts";
import type { Origin } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";

const LOGGED_CHARACTERS = 64; // no real login is longer

/**
 * Who asks: whom a listed proxy vouches for, else whose Basic credentials these are, else who the client's certificate is, else the
 * account that the operator named for requests without a login. Clients from 0.16.1 on send an empty login and password when they have
 * none; that is no sign-in at all (spec/restic-rest.md section 0 row 10). Throws `unauthenticated`, `forbidden`, `overloaded`.
 */
export function resolveVisitor(core: Core, exchange: Exchange, noAuthAccount: string | undefined): Soon<Visitor> {
  const { peer, headers } = exchange;
  const origin = originOf(exchange, "restic");
  if (peer.vouchedUser === undefined && headers.authorization !== undefined) {
    const known = core.signIn.recall(headers.authorization, origin);
    if (known !== undefined) {
      noteLogin(exchange, known.login);
      return visitorOf(known.principal, origin);
    }
  }
  return findPrincipal(core, exchange, { origin, noAuthAccount }).then((principal) => visitorOf(principal, origin));
}

function visitorOf(principal: Principal, origin: Origin): Visitor {
  requireNotArchiveLogin(principal);
  const { accountId, accountName, login, mostRole } = principal;
  return { accountId, accountName, login, mostRole, origin };
}

function noteLogin(exchange: Exchange, login: string): void {
  exchange.note({ login: login.slice(0, LOGGED_CHARACTERS) });
}

async function findPrincipal(
  core: Core,
  exchange: Exchange,
  { origin, noAuthAccount }: { readonly origin: Origin; readonly noAuthAccount: string | undefined },
): Promise<Principal> {
  const { peer, headers } = exchange;
  if (peer.vouchedUser !== undefined) return await core.signIn.vouchedFor(peer.vouchedUser, origin);
  const basic = parseBasic(headers.authorization);
  if (basic !== undefined) {
    noteLogin(exchange, basic.login);
    return await core.signIn.withSecret({ ...basic, ...origin, givenAs: headers.authorization });
  }
  if (peer.certifiedName !== undefined) {
    exchange.note({ certificate: peer.certifiedName.slice(0, LOGGED_CHARACTERS) });
    return await core.signIn.withCertificate({ name: peer.certifiedName, ...origin });
  }
  if (noAuthAccount !== undefined) return await core.signIn.asAccount(noAuthAccount);
  throw new HubError("unauthenticated", "Unauthorized");
}
