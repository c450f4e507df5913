import { setCredential } from "#domain/access/set-credential.ts";
import { OPERATOR } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";
import type { Command } from "../command-context.ts";
import { credentialSettings } from "../credential-settings.ts";
import type { BoundsOptions } from "../groups/credential.ts";
import { timeOf } from "../time-of.ts";
import { withCore } from "../with-core.ts";

/** `holdfast credential set` */
export const credentialSet: Command<BoundsOptions & { login: string }> = async (context, { login, ...options }) => {
  const settings = credentialSettings(options);
  if (Object.keys(settings).length === 0) {
    throw new HubError("invalid_input", "Nothing to set: name --label, --expires, --from or --most-role");
  }
  await withCore(context, async (core) => await setCredential(core, OPERATOR, { login, ...settings }));
  const { label, expiresAtMs, addresses, mostRole } = settings;
  const expiresAt = expiresAtMs === undefined || expiresAtMs === null ? expiresAtMs : timeOf(expiresAtMs);
  context.show({ login, label, expiresAt, from: addresses, mostRole }, [
    `${login} is changed, from its next request on.`,
    ...(label === undefined ? [] : [`  label      ${label ?? "none"}`]),
    ...(expiresAt === undefined ? [] : [`  expires    ${expiresAt ?? "never"}`]),
    ...(addresses === undefined ? [] : [`  from       ${addresses.length === 0 ? "everywhere" : addresses.join(", ")}`]),
    ...(mostRole === undefined ? [] : [`  most role  ${mostRole ?? "what its account was granted"}`]),
  ]);
  return 0;
};
