import { z } from "zod";
import { checkSecret } from "#domain/access/add-account.ts";
import { addCredential } from "#domain/access/add-credential.ts";
import { disableCredential, enableCredential } from "#domain/access/disable-credential.ts";
import { pageOfCredentials, showCredential } from "#domain/access/page-of-credentials.ts";
import { removeCredential } from "#domain/access/remove-credential.ts";
import { LONGEST_OVERLAP_MS, rotateCredential } from "#domain/access/rotate-credential.ts";
import { setCredential } from "#domain/access/set-credential.ts";
import { showAccount } from "#domain/access/show-account.ts";
import { refuseCertificateName, refuseLoginWord } from "#model/account.ts";
import { HubError } from "#model/hub-error.ts";
import { type Api, callerOf } from "./api.ts";
import {
  addedSchema,
  credentialOf,
  credentialSchema,
  passwordInput,
  readSettings,
  rotatedSchema,
  settingsInput,
} from "./credential-schemas.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { InvalidRequest } from "./errors.ts";
import { nameParameter, pageOf, pageParameters, refusedBy, text, timeOrNull } from "./wire.ts";

/** `/accounts/{name}/credentials`: what an account signs in with. */
export function credentialRoutes({ core, routes }: Api): void {
  const tags = ["credentials"];
  const oneOf = nameParameter.extend({ login: text(256) });

  routes.get(
    "/accounts/:name/credentials",
    {
      config: { access: { needs: "see", accounts: "own" } },
      schema: {
        operationId: "listCredentials",
        summary: "What an account signs in with, by login",
        tags,
        params: nameParameter,
        querystring: z.strictObject(pageParameters),
        response: { 200: pageOf(credentialSchema) },
      },
    },
    async (request) => {
      const { name } = request.params;
      const { cursor, limit } = request.query;
      callerOf(request).requireAccount(name);
      const page = await pageOfCredentials(core, { accountName: name, after: readCursor(cursor, 1)?.[0], limit });
      const last = page.length === limit ? page.at(-1) : undefined;
      return { items: page.map(credentialOf), next: last === undefined ? null : writeCursor([last.login]) };
    },
  );

  routes.post(
    "/accounts/:name/credentials",
    {
      config: { access: { needs: "manage_access", accounts: "none" } },
      schema: {
        operationId: "addCredential",
        summary: "Give an account one more login",
        description: "Its login is `<account>.<word>`. With `certificateName` it signs in with a client certificate and has no password.",
        tags,
        params: nameParameter,
        body: z.strictObject({
          ...settingsInput(core),
          word: text(256).optional().describe("Letters, digits and `_ - @`; a number when left out"),
          certificateName: refusedBy(text(256), requireCertificateName).optional(),
          password: passwordInput,
        }),
        response: { 201: addedSchema },
      },
    },
    async (request, reply) => {
      const { word, certificateName, password, ...settings } = request.body;
      const { account } = await showAccount(core, request.params);
      if (word !== undefined) refuseAt("#/word", refuseLoginWord(account.name, word));
      if (certificateName !== undefined && password !== undefined) refuseAt("#/password", "A certificate has no password");
      if (password !== undefined) requirePassword(() => checkSecret(core, `${account.name}.${word ?? "99999"}`, password));
      const { login, secret } = await addCredential(core, callerOf(request).actor, {
        accountName: account.name,
        word,
        certificateName,
        ...readSettings(settings),
        ...(password === undefined ? {} : { secret: password }),
      });
      reply.code(201).header("Location", `/api/v1${placeOf(account.name, login)}`);
      return { ...credentialOf(await showCredential(core, { accountName: account.name, login })), password: secret ?? null };
    },
  );

  routes.get(
    "/accounts/:name/credentials/:login",
    {
      config: { access: { needs: "see", accounts: "own" } },
      schema: {
        operationId: "getCredential",
        summary: "One login of an account",
        tags,
        params: oneOf,
        response: { 200: credentialSchema },
      },
    },
    async (request) => {
      const { name, login } = request.params;
      callerOf(request).requireAccount(name);
      return credentialOf(await showCredential(core, { accountName: name, login }));
    },
  );

  routes.patch(
    "/accounts/:name/credentials/:login",
    {
      config: { access: { needs: "manage_access", accounts: "none" } },
      schema: {
        operationId: "changeCredential",
        summary: "Change what a login is bound to, or disable it",
        description: "With its next request; what is left out stays as it is, `null` takes a bound away.",
        tags,
        params: oneOf,
        body: z
          .strictObject({ ...settingsInput(core), disabled: z.boolean().optional() })
          .refine((body) => Object.values(body).some((value) => value !== undefined), "Nothing to change"),
        response: { 200: credentialSchema },
      },
    },
    async (request) => {
      const { disabled, ...settings } = request.body;
      const { actor } = callerOf(request);
      const { accountName, login } = await showCredential(core, { accountName: request.params.name, login: request.params.login });
      // Off first, on last: at no moment may a login do more than before and after.
      if (disabled === true) await disableCredential(core, actor, { login });
      await setCredential(core, actor, { login, ...readSettings(settings) });
      if (disabled === false) await enableCredential(core, actor, { login });
      return credentialOf(await showCredential(core, { accountName, login }));
    },
  );

  routes.post(
    "/accounts/:name/credentials/:login/rotate",
    {
      config: { access: { needs: "manage_access", accounts: "none" } },
      schema: {
        operationId: "rotateCredential",
        summary: "Give a login a new password",
        description: "The old one stops working at once, or after `overlapSeconds`. Never do more than the newest two work.",
        tags,
        params: oneOf,
        body: z
          .strictObject({
            password: passwordInput,
            overlapSeconds: z
              .int()
              .min(1)
              .max(LONGEST_OVERLAP_MS / 1000)
              .optional()
              .describe("For how long the password so far works beside the new one"),
          })
          .default({}),
        response: { 200: rotatedSchema },
      },
    },
    async (request) => {
      const { params, body } = request;
      const { login } = await showCredential(core, { accountName: params.name, login: params.login });
      const { password, overlapSeconds } = body;
      if (password !== undefined) requirePassword(() => checkSecret(core, login, password));
      const rotated = await rotateCredential(core, callerOf(request).actor, {
        login,
        ...(password === undefined ? {} : { secret: password }),
        ...(overlapSeconds === undefined ? {} : { overlapMs: overlapSeconds * 1000 }),
      });
      return { login: rotated.login, password: rotated.secret, previousPasswordUntil: timeOrNull(rotated.previousUntilMs) };
    },
  );

  routes.delete(
    "/accounts/:name/credentials/:login",
    {
      config: { access: { needs: "manage_access", accounts: "none" } },
      schema: {
        operationId: "removeCredential",
        summary: "Take a login away for good",
        description: "It is never given out again.",
        tags,
        params: oneOf,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { login } = await showCredential(core, { accountName: request.params.name, login: request.params.login });
      await removeCredential(core, callerOf(request).actor, { login });
      return await reply.code(204).send(null);
    },
  );
}

function placeOf(account: string, login: string): string {
  return `/accounts/${encodeURIComponent(account)}/credentials/${encodeURIComponent(login)}`;
}

function requireCertificateName(name: string): void {
  const refused = refuseCertificateName(name);
  if (refused !== undefined) throw new HubError("invalid_input", refused);
}

/** The same refusal as the domain's, with its place: what will do depends on the account or login. */
function refuseAt(pointer: string, detail: string | undefined): void {
  if (detail !== undefined) throw new InvalidRequest([{ pointer, detail }]);
}

function requirePassword(check: () => unknown): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    refuseAt("#/password", error.message);
  }
}
