import type { CredentialSettings } from "#domain/access/add-credential.ts";
import { parseMoment } from "#lib/duration.ts";
import { HubError } from "#model/hub-error.ts";
import type { BoundsOptions } from "./groups/credential.ts";

/** The bounds of a credential as they were typed; `none` takes one away. Throws `invalid_input`. */
export function credentialSettings({ label, mostRole, expires, from }: BoundsOptions): CredentialSettings {
  return {
    ...(label === undefined ? {} : { label: label === "none" ? null : label }),
    ...(mostRole === undefined ? {} : { mostRole: mostRole === "none" ? null : mostRole }),
    ...(expires === undefined ? {} : { expiresAtMs: expires === "none" ? null : momentOf(expires) }),
    ...(from === undefined ? {} : { addresses: from.length === 1 && from[0] === "none" ? [] : from }),
  };
}

function momentOf(text: string): number {
  const atMs = parseMoment(text, Date.now());
  if (atMs === undefined) throw new HubError("invalid_input", "--expires takes 2027-01-01, 2027-01-01T12:00Z, or a duration such as 90d");
  return atMs;
}
