import { OpenArchives } from "#domain/archives/open-archives.ts";
import type { Core } from "#domain/core.ts";
import { parseBasic } from "#http/basic.ts";
import type { Exchange } from "#http/exchange.ts";
import { originOf } from "#http/origin.ts";
import { HubError } from "#model/hub-error.ts";

const LOGGED_CHARACTERS = 64; // no real login is longer

/**
 * The archives of whose credentials these are. Logins are compared as they were given out, capital letters and all (spec/restbackup.md
 * section 1.1). Throws `unauthenticated`, `forbidden`, `overloaded`, `unavailable`.
 */
export async function openCallersArchives(core: Core, exchange: Exchange): Promise<OpenArchives> {
  const basic = parseBasic(exchange.headers.authorization);
  if (basic === undefined) throw new HubError("unauthenticated", "Sign in with the user and password of your access URL");
  exchange.note({ login: basic.login.slice(0, LOGGED_CHARACTERS) });
  const origin = originOf(exchange, "restbackup");
  const principal = await core.signIn.withSecret({ ...basic, ...origin, givenAs: exchange.headers.authorization });
  if (principal.login !== basic.login) throw new HubError("unauthenticated", "Wrong user name or password");
  exchange.note({ account: principal.accountName });
  return await OpenArchives.open(core.access, { ...principal, origin }, "restbackup");
}
