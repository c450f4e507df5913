import { z } from "zod";
import { type CredentialSettings, checkSettings } from "#domain/access/add-credential.ts";
import type { ListedCredential } from "#domain/access/list-credentials.ts";
import type { Core } from "#domain/core.ts";
import { CREDENTIAL_KINDS } from "#model/account.ts";
import { refusedBy, roleSchema, text, timeInput, timeOf, timeOrNull, timeSchema } from "./wire.ts";

export const credentialSchema = z
  .object({
    account: z.string(),
    login: z.string().describe("What it signs in as"),
    kind: z.enum(CREDENTIAL_KINDS),
    certificateName: z.string().nullable().describe("The name in the certificate; `null` for a password"),
    label: z.string().nullable().describe("For people: which machine this is"),
    mostRole: roleSchema.nullable().describe("It never has more than this role, whatever its account was granted"),
    addresses: z.array(z.string()).describe("Where it may be used from: addresses, networks, `unix`. None: from everywhere"),
    expiresAt: timeSchema.nullable().describe("From then on it is refused"),
    disabled: z.boolean(),
    disabledAt: timeSchema.nullable(),
    createdAt: timeSchema,
    previousPasswordUntil: timeSchema.nullable().describe("Until then the password before the present one works too"),
    lastUsedAt: timeSchema.nullable().describe("A minute late"),
    lastUsedAddress: z.string().nullable().describe("`null` before its first use; `unix` for a unix socket"),
  })
  .meta({ id: "Credential", description: "What an account signs in with. Never a password or a hash of one" });

export const addedSchema = credentialSchema
  .extend({ password: z.string().nullable().describe("Shown this once; `null` for a certificate, which has none") })
  .meta({ id: "AddedCredential", description: "A credential that was just made, with its password" });

export const rotatedSchema = z
  .object({
    login: z.string(),
    password: z.string().describe("Shown this once"),
    previousPasswordUntil: timeSchema.nullable().describe("Until then the password so far works too; `null`: it has ended"),
  })
  .meta({ id: "RotatedCredential", description: "A login with its new password" });

export const passwordInput = text(1024).optional().describe("At least 8 characters; drawn when left out");

/** What a credential may be bound to, as a request says it; what is left out stays as it is. */
export function settingsInput(core: Core) {
  return {
    label: refusedBy(text(256).nullable(), (label) => checkSettings(core, { label })).optional(),
    mostRole: roleSchema.nullable().optional().describe("Never more than this role; `null`: what its account was granted"),
    addresses: refusedBy(z.array(text(64)).max(core.limits.addressesPerCredential), (addresses) => checkSettings(core, { addresses }))
      .optional()
      .describe("Only from these: `192.0.2.7`, `192.0.2.0/24`, `unix`. An empty list: from everywhere"),
    expiresAt: refusedBy(timeInput.nullable(), (time) => checkSettings(core, { expiresAtMs: readTime(time) }))
      .optional()
      .describe("From then on it is refused; `null`: never"),
  };
}

type SettingsInput = z.output<z.ZodObject<ReturnType<typeof settingsInput>>>;

export function readSettings({ label, mostRole, addresses, expiresAt }: SettingsInput): CredentialSettings {
  return {
    ...(label === undefined ? {} : { label }),
    ...(mostRole === undefined ? {} : { mostRole }),
    ...(addresses === undefined ? {} : { addresses }),
    ...(expiresAt === undefined ? {} : { expiresAtMs: readTime(expiresAt) }),
  };
}

function readTime(time: string | null): number | null {
  return time === null ? null : Date.parse(time);
}

/** A credential as every reply shows it. */
export function credentialOf(credential: ListedCredential): z.infer<typeof credentialSchema> {
  const { disabledAtMs, lastUsedAddress } = credential;
  return {
    account: credential.accountName,
    login: credential.login,
    kind: credential.kind,
    certificateName: credential.certificateName ?? null,
    label: credential.label ?? null,
    mostRole: credential.mostRole ?? null,
    addresses: [...credential.addresses],
    expiresAt: timeOrNull(credential.expiresAtMs),
    disabled: disabledAtMs !== undefined,
    disabledAt: timeOrNull(disabledAtMs),
    createdAt: timeOf(credential.createdAtMs),
    previousPasswordUntil: timeOrNull(credential.previousSecretUntilMs),
    lastUsedAt: timeOrNull(credential.lastUsedAtMs),
    lastUsedAddress: lastUsedAddress ?? null,
  };
}
