import { z } from "zod";
import { addAccount, checkSecret } from "#domain/access/add-account.ts";
import { disableAccount, enableAccount } from "#domain/access/disable-account.ts";
import { pageOfAccounts } from "#domain/access/page-of-accounts.ts";
import { removeAccount } from "#domain/access/remove-account.ts";
import { showAccount } from "#domain/access/show-account.ts";
import type { Core } from "#domain/core.ts";
import { type Account, refuseAccountName } from "#model/account.ts";
import { HubError } from "#model/hub-error.ts";
import { type Api, callerOf } from "./api.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { nameParameter, pageOf, pageParameters, refusedBy, text, timeOf, timeOrNull, timeSchema } from "./wire.ts";

const accountSchema = z
  .object({
    name: z.string(),
    logins: z.array(z.string()).describe("What it signs in as"),
    disabled: z.boolean(),
    disabledAt: timeSchema.nullable(),
    createdAt: timeSchema,
  })
  .meta({ id: "Account" });

const addedSchema = accountSchema
  .extend({ login: z.string(), password: z.string().describe("Shown this once") })
  .meta({ id: "AddedAccount", description: "An account that was just made, with its password" });

/** `/accounts`: who may sign in. */
export function accountRoutes({ core, routes }: Api): void {
  const tags = ["accounts"];

  routes.get(
    "/accounts",
    {
      config: { access: { needs: "see", accounts: "own" } },
      schema: {
        operationId: "listAccounts",
        summary: "All accounts, by name",
        tags,
        querystring: z.strictObject(pageParameters),
        response: { 200: pageOf(accountSchema) },
      },
    },
    async (request) => {
      const { cursor, limit } = request.query;
      const page = await pageOfAccounts(core, callerOf(request), { after: readCursor(cursor, 1)?.[0], limit });
      const last = page.length === limit ? page.at(-1) : undefined;
      return {
        items: page.map((account) => accountOf(account, account.logins)),
        next: last === undefined ? null : writeCursor([last.name]),
      };
    },
  );

  routes.post(
    "/accounts",
    {
      config: { access: { needs: "manage_access", accounts: "none" } },
      schema: {
        operationId: "addAccount",
        summary: "Make an account",
        description: "It signs in under its own name and has the role `maintain` on `/<name>/`, or `backup` when it is append-only.",
        tags,
        body: newAccount(core),
        response: { 201: addedSchema },
      },
    },
    async (request, reply) => {
      const { name, appendOnly, password } = request.body;
      const { account, login, secret } = await addAccount(core, callerOf(request).actor, {
        name,
        appendOnly,
        ...(password === undefined ? {} : { secret: password }),
      });
      reply.code(201).header("Location", `/api/v1/accounts/${encodeURIComponent(account.name)}`);
      return { ...accountOf(account, [login]), login, password: secret };
    },
  );

  routes.get(
    "/accounts/:name",
    {
      config: { access: { needs: "see", accounts: "own" } },
      schema: { operationId: "getAccount", summary: "One account", tags, params: nameParameter, response: { 200: accountSchema } },
    },
    async (request) => {
      callerOf(request).requireAccount(request.params.name);
      const { account, logins } = await showAccount(core, request.params);
      return accountOf(account, logins);
    },
  );

  routes.patch(
    "/accounts/:name",
    {
      config: { access: { needs: "manage_access", accounts: "none" } },
      schema: {
        operationId: "changeAccount",
        summary: "Disable or enable an account",
        description: "A disabled account is refused from the next request on; what it stored is not touched.",
        tags,
        params: nameParameter,
        body: z.strictObject({ disabled: z.boolean() }),
        response: { 200: accountSchema },
      },
    },
    async (request) => {
      const change = request.body.disabled ? disableAccount : enableAccount;
      await change(core, callerOf(request).actor, request.params);
      const { account, logins } = await showAccount(core, request.params);
      return accountOf(account, logins);
    },
  );

  routes.delete(
    "/accounts/:name",
    {
      config: { access: { needs: "manage_access", accounts: "none" } },
      schema: {
        operationId: "removeAccount",
        summary: "Remove an account for good",
        description: "With its logins and grants. Its name is never given out again; what it stored is not touched.",
        tags,
        params: nameParameter,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await removeAccount(core, callerOf(request).actor, request.params);
      return await reply.code(204).send(null);
    },
  );
}

function newAccount(core: Core) {
  return refusedBy(
    z.strictObject({
      name: refusedBy(text(256), requireAccountName).meta({
        description: "Letters, digits and `_ - . @`, at most 64",
        examples: ["laptop"],
      }),
      appendOnly: z.boolean().default(false).describe("It adds backups and never removes one"),
      password: text(1024).optional().describe("At least 8 characters; drawn when left out"),
    }),
    ({ name, password }) => (password === undefined ? undefined : checkSecret(core, name, password)),
    ["password"],
  );
}

function requireAccountName(name: string): void {
  const refused = refuseAccountName(name);
  if (refused !== undefined) throw new HubError("invalid_input", refused);
}

/** An account as every reply shows it. */
export function accountOf({ name, createdAtMs, disabledAtMs }: Account, logins: readonly string[]): z.infer<typeof accountSchema> {
  return {
    name,
    logins: [...logins],
    disabled: disabledAtMs !== undefined,
    disabledAt: timeOrNull(disabledAtMs),
    createdAt: timeOf(createdAtMs),
  };
}
