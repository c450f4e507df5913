import { z } from "zod";
import { accessSentences, showAccess } from "#domain/access/show-access.ts";
import { CREDENTIAL_KINDS } from "#model/account.ts";
import { MODES } from "#model/mode.ts";
import { PERMISSIONS, ROLES } from "#model/permissions.ts";
import { type Api, callerOf } from "./api.ts";
import { pathText, roleSchema, text, timeOrNull, timeSchema } from "./wire.ts";

const KINDS = [
  "may",
  "may_nothing",
  "proves",
  "disabled",
  "expired",
  "expires",
  "only_from",
  "old_secret",
  "mode",
  "held",
  "marked",
  "window",
  "more",
] as const;

const statementSchema = z
  .object({
    kind: z
      .enum(KINDS)
      .describe(
        [
          "`may`, `may_nothing`: the `role` of `login` at `path`. `proves`: how it proves who it is. `disabled`, `expired`, `expires`,",
          "`only_from`: what keeps it out. `old_secret`: the password before works too, until `at`. For all logins: `mode`, `held` (a hold),",
          "`marked` (removing needs an open clean-up window), `window` (one is open, for `login` or all). `more`: not all is told",
        ].join(" "),
      ),
    login: z.string().nullable(),
    path: z.string().nullable().describe("There and below, unless one path was asked about; `null`: everywhere"),
    role: roleSchema.nullable(),
    grantPath: z.string().nullable().describe("The grant that it comes from"),
    grantRole: roleSchema.nullable().describe("What that grant gives the account"),
    except: z.array(z.string()).describe("Paths below that have a grant of their own"),
    proof: z.enum(CREDENTIAL_KINDS).nullable(),
    certificateName: z.string().nullable(),
    addresses: z.array(z.string()),
    at: timeSchema.nullable().describe("Since when or until when"),
    minAgeMs: z.number().nullable().describe("Of a hold that rolls: for how long after its arrival a file is held"),
    mode: z.enum(MODES).nullable(),
    reason: z.string().nullable(),
    sentence: z.string().describe("All of it for people"),
  })
  .meta({ id: "AccessStatement" });

const accessSchema = z
  .object({
    account: z.string(),
    disabled: z.boolean().describe("Then none of it counts"),
    grants: z.array(z.object({ path: z.string(), role: roleSchema, permissions: z.array(z.enum(PERMISSIONS)) })),
    statements: z.array(statementSchema),
  })
  .meta({ id: "Access", description: "What an account may do where, and why; on a path below several grants, the longest counts" });

/** `/access/{account}`: what an account may do where, and what stands in its way. */
export function accessRoutes({ core, routes }: Api): void {
  routes.get(
    "/access/:account",
    {
      config: { access: { needs: "see", accounts: "own" } },
      schema: {
        operationId: "getAccess",
        summary: "What an account may do where, and why",
        description: "Login by login, then what holds, marks, open clean-up windows and modes add. Each also as a sentence.",
        tags: ["access"],
        params: z.strictObject({ account: text(256) }),
        querystring: z.strictObject({
          login: text(256).optional().describe("Only this login"),
          path: pathText(core).optional().describe("Only this repository"),
        }),
        response: { 200: accessSchema },
      },
    },
    async (request) => {
      const { account: name } = request.params;
      callerOf(request).requireAccount(name);
      const shown = await showAccess(core, { name, ...request.query });
      const { account, grants } = shown;
      return {
        account: account.name,
        disabled: account.disabledAtMs !== undefined,
        grants: grants.map(({ path, role }) => ({ path, role, permissions: [...ROLES[role]] })),
        statements: accessSentences(shown).map(statementOf),
      };
    },
  );
}

type Told = ReturnType<typeof accessSentences>[number];

const NOTHING = {
  login: null,
  path: null,
  role: null,
  grantPath: null,
  grantRole: null,
  except: [],
  proof: null,
  certificateName: null,
  addresses: [],
  at: null,
  minAgeMs: null,
  mode: null,
  reason: null,
};

function statementOf(told: Told): z.infer<typeof statementSchema> {
  const { kind, sentence } = told;
  const common = {
    ...NOTHING,
    kind,
    sentence,
    login: "login" in told ? told.login : null,
    path: ("path" in told ? told.path : null) ?? null,
  };
  switch (told.kind) {
    case "may":
      return { ...common, role: told.role, grantPath: told.grantPath, grantRole: told.cappedFrom ?? told.role, except: [...told.except] };
    case "proves":
      return { ...common, proof: told.by, certificateName: told.certificateName ?? null };
    case "disabled":
      return { ...common, at: timeOrNull(told.sinceMs) };
    case "expired":
    case "expires":
      return { ...common, at: timeOrNull(told.atMs) };
    case "only_from":
      return { ...common, addresses: [...told.addresses] };
    case "old_secret":
      return { ...common, at: timeOrNull(told.untilMs) };
    case "mode":
      return { ...common, mode: told.mode, reason: told.reason, at: timeOrNull(told.sinceMs) };
    case "held":
      return told.term.kind === "fixed"
        ? { ...common, reason: told.reason, at: timeOrNull(told.term.untilMs) }
        : { ...common, reason: told.reason, minAgeMs: told.term.minAgeMs };
    case "window":
      return { ...common, login: told.owner.kind === "login" ? told.owner.name : null, reason: told.reason, at: timeOrNull(told.untilMs) };
    case "may_nothing":
    case "marked":
    case "more":
      return common;
  }
}
