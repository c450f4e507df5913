import type { CredentialSettings } from "#domain/access/add-credential.ts";
import type { BoundsOptions } from "./groups/credential.ts";
import { readMoment } from "./read-moment.ts";

/** The bounds of a credential as they were typed; `none` takes one away. Throws `invalid_input`. */
export function credentialSettings({ label, mostRole, expires, from }: BoundsOptions): CredentialSettings {
  return {
    ...(label === undefined ? {} : { label: label === "none" ? null : label }),
    ...(mostRole === undefined ? {} : { mostRole: mostRole === "none" ? null : mostRole }),
    ...(expires === undefined ? {} : { expiresAtMs: expires === "none" ? null : readMoment("--expires", expires, Date.now()) }),
    ...(from === undefined ? {} : { addresses: from.length === 1 && from[0] === "none" ? [] : from }),
  };
}
