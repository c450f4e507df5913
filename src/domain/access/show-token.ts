import { findApiTokenByName } from "#db/api-tokens.ts";
import type { ApiToken } from "#model/api-token.ts";
import { HubError } from "#model/hub-error.ts";
import type { Core } from "../core.ts";

/** The API token of that name. Throws `not_found`. */
export async function showToken(core: Core, { name }: { readonly name: string }): Promise<ApiToken> {
  const token = await findApiTokenByName(core.database.read, name);
  if (token === undefined) throw new HubError("not_found", "There is no such token");
  return token;
}
