import { addToken } from "#domain/access/add-token.ts";
import { OPERATOR } from "#model/actor.ts";
import type { Scope } from "#model/permissions.ts";
import type { Command } from "../command-context.ts";
import { readMoment } from "../read-moment.ts";
import { timeOf } from "../time-of.ts";
import { withCore } from "../with-core.ts";

/** `holdfast token add`: makes an API token and shows it, this once. */
export const tokenAdd: Command<{ name: string; scopes: readonly Scope[]; expires?: string | undefined }> = async (context, input) => {
  const { name, scopes, expires } = input;
  const { token, secret } = await withCore(
    context,
    async (core) => {
      const expiresAtMs = expires === undefined ? undefined : readMoment("--expires", expires, core.time.latestMs());
      return await addToken(core, OPERATOR, { name, scopes, expiresAtMs });
    },
    { creates: true },
  );
  const expiresAt = token.expiresAtMs === undefined ? null : timeOf(token.expiresAtMs);
  context.show({ name: token.name, scopes: token.scopes, expiresAt, token: secret }, [
    `Token ${token.name} is made, with the scopes ${token.scopes.join(", ")}. It ${expiresAt === null ? "does not expire" : `expires at ${expiresAt}`}.`,
    "",
    `  ${secret}`,
    "",
    "It is not shown again. Programs send it in a header:  Authorization: Bearer <token>",
  ]);
  return 0;
};
