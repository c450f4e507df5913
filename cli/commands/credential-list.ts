import { type ListedCredential, listCredentials } from "#domain/access/list-credentials.ts";
import type { Command } from "../command-context.ts";
import { dayOf, timeOf } from "../time-of.ts";
import { withCore } from "../with-core.ts";

/** `holdfast credential list` */
export const credentialList: Command<{ account: string | undefined }> = async (context, { account }) => {
  const credentials = await withCore(context, async (core) => await Array.fromAsync(listCredentials(core, { accountName: account })));
  const nowMs = Date.now();
  context.showTable(credentials.map(jsonOf), {
    headings: ["LOGIN", "STATE", "MOST ROLE", "FROM", "LAST USED", "LABEL"],
    rows: credentials.map((credential) => [
      credential.login,
      stateOf(credential, nowMs),
      credential.mostRole ?? "",
      credential.addresses.join(","),
      credential.lastUsedAtMs === undefined ? "" : `${dayOf(credential.lastUsedAtMs)} ${credential.lastUsedAddress ?? "unix"}`,
      credential.label ?? "",
    ]),
    empty: "No login yet; make an account with: ./holdfast account add laptop",
  });
  return 0;
};

function stateOf({ disabledAtMs, expiresAtMs, certificateName }: ListedCredential, nowMs: number): string {
  const kind = certificateName === undefined ? "" : ` (certificate ${certificateName})`;
  if (disabledAtMs !== undefined) return `disabled ${dayOf(disabledAtMs)}${kind}`;
  if (expiresAtMs === undefined) return `active${kind}`;
  return `${nowMs >= expiresAtMs ? "expired" : "until"} ${dayOf(expiresAtMs)}${kind}`;
}

function jsonOf(credential: ListedCredential) {
  const time = (ms: number | undefined) => (ms === undefined ? null : timeOf(ms));
  return {
    account: credential.accountName,
    login: credential.login,
    kind: credential.kind,
    certificate: credential.certificateName ?? null,
    label: credential.label ?? null,
    createdAt: timeOf(credential.createdAtMs),
    expiresAt: time(credential.expiresAtMs),
    disabledAt: time(credential.disabledAtMs),
    from: credential.addresses,
    mostRole: credential.mostRole ?? null,
    oldPasswordUntil: time(credential.previousSecretUntilMs),
    lastUsedAt: time(credential.lastUsedAtMs),
    lastUsedAddress: credential.lastUsedAddress ?? null,
  };
}
