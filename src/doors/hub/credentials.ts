import { z } from "zod";
import { checkSecret } from "#domain/access/add-account.ts";
import { rotateCredential } from "#domain/access/rotate-credential.ts";
import { showAccount } from "#domain/access/show-account.ts";
import { foldName } from "#model/account.ts";
import { HubError } from "#model/hub-error.ts";
import { type Api, callerOf } from "./api.ts";
import { InvalidRequest } from "./errors.ts";
import { nameParameter, pageOf, text } from "./wire.ts";

const credentialSchema = z.object({ login: z.string() }).meta({ id: "Credential" });

const rotatedSchema = z
  .object({ login: z.string(), password: z.string().describe("Shown this once") })
  .meta({ id: "RotatedCredential", description: "A login with its new password" });

/** `/accounts/{name}/credentials`: what an account signs in with. */
export function credentialRoutes({ core, routes }: Api): void {
  const tags = ["credentials"];

  routes.get(
    "/accounts/:name/credentials",
    {
      config: { access: { needs: "see", accounts: "own" } },
      schema: {
        operationId: "listCredentials",
        summary: "What an account signs in with",
        description: "All of them on one page. Never a password or a hash of one.",
        tags,
        params: nameParameter,
        response: { 200: pageOf(credentialSchema) },
      },
    },
    async (request) => {
      callerOf(request).requireAccount(request.params.name);
      const { logins } = await showAccount(core, request.params);
      return { items: logins.map((login) => ({ login })), next: null };
    },
  );

  routes.post(
    "/accounts/:name/credentials/:login/rotate",
    {
      config: { access: { needs: "manage_access", accounts: "none" } },
      schema: {
        operationId: "rotateCredential",
        summary: "Give a login a new password",
        description: "The old one stops working at once.",
        tags,
        params: nameParameter.extend({ login: text(256) }),
        body: z.strictObject({ password: text(1024).optional().describe("At least 8 characters; drawn when left out") }).default({}),
        response: { 200: rotatedSchema },
      },
    },
    async (request) => {
      const { params } = request;
      const { logins } = await showAccount(core, params);
      const login = logins.find((one) => foldName(one) === foldName(params.login));
      if (login === undefined) throw new HubError("not_found", "This account has no such login");
      const { password } = request.body;
      if (password !== undefined) requirePassword(() => checkSecret(core, login, password));
      const rotated = await rotateCredential(core, callerOf(request).actor, {
        login,
        ...(password === undefined ? {} : { secret: password }),
      });
      return { login: rotated.login, password: rotated.secret };
    },
  );
}

/** The same refusal as the domain's, with its place: whether a password will do depends on the login. */
function requirePassword(check: () => unknown): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    throw new InvalidRequest([{ pointer: "#/password", detail: error.message }]);
  }
}
