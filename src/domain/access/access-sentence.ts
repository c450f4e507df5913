import type { Role } from "#model/permissions.ts";
import type { AccessStatement } from "./explain-access.ts";
import { timeText } from "./time-text.ts";

/** A statement as a sentence for a person, without its full stop. */
export function accessSentence(statement: AccessStatement): string {
  return `${statement.login} ${predicate(statement)}`;
}

function predicate(fact: AccessStatement): string {
  switch (fact.kind) {
    case "may": {
      const except = fact.except.length === 0 ? "" : `, except ${fact.except.join(", ")}`;
      const place = fact.below ? `${fact.path} and below${except}` : fact.path;
      return `${ALLOWED[fact.role](place)} (${reasonOf(fact)})`;
    }
    case "may_nothing":
      return fact.path === undefined
        ? "may do nothing anywhere: its account was granted no path"
        : `may do nothing on ${fact.path}: no grant of its account covers it`;
    case "proves":
      return fact.by === "password" ? "signs in with a password" : `signs in with the certificate ${fact.certificateName ?? ""}`;
    case "disabled":
      return fact.what === "login"
        ? `cannot sign in: it is disabled since ${timeText(fact.sinceMs)}`
        : `cannot sign in: its account is disabled since ${timeText(fact.sinceMs)}`;
    case "expired":
      return `cannot sign in: it has expired at ${timeText(fact.atMs)}`;
    case "expires":
      return `expires at ${timeText(fact.atMs)}`;
    case "only_from":
      return `signs in only from ${fact.addresses.map((address) => (address === "unix" ? "a unix socket" : address)).join(", ")}`;
    case "old_secret":
      return `can still use its old password until ${timeText(fact.untilMs)}`;
  }
}

const ALLOWED: Readonly<Record<Role, (place: string) => string>> = {
  read: (place) => `may read ${place}, and change nothing but locks`,
  backup: (place) => `may read and add backups to ${place}, and remove nothing but locks`,
  maintain: (place) => `may read, add and remove backups in ${place}`,
  admin: (place) => `may read, add and remove backups in ${place}, give others a role there and set holds`,
};

function reasonOf({ role, grantPath, cappedFrom }: Extract<AccessStatement, { kind: "may" }>): string {
  if (cappedFrom === undefined) return `role ${role} by the grant on ${grantPath}`;
  return `role ${role} at most by this login; the grant on ${grantPath} gives its account ${cappedFrom}`;
}
