import assert from "node:assert/strict";
import { test } from "node:test";
import type { Role } from "#model/permissions.ts";
import { accessSentence } from "./access-sentence.ts";
import { type AccessQuestion, type ExplainedCredential, explainAccess } from "./explain-access.ts";

const NOW = Date.UTC(2026, 11, 1);
const account = { id: 1, name: "laptop", createdAtMs: 1, disabledAtMs: undefined };
const grants = (...list: [path: string, role: Role][]) => list.map(([path, role]) => ({ accountId: 1, path, role }));

function credential(more: Partial<ExplainedCredential> = {}): ExplainedCredential {
  return {
    login: "laptop",
    kind: "password",
    certificateName: undefined,
    disabledAtMs: undefined,
    expiresAtMs: undefined,
    addresses: [],
    mostRole: undefined,
    previousSecretUntilMs: undefined,
    ...more,
  };
}

function told(question: Partial<AccessQuestion>): string[] {
  const statements = explainAccess({ account, credentials: [credential()], grants: [], nowMs: NOW, ...question });
  return statements.map(accessSentence);
}

test("each grant is told with its role, its reason and what lies otherwise below it", () => {
  const all = grants(["/", "read"], ["/laptop/", "backup"], ["/shared/", "maintain"], ["/team/", "admin"]);
  assert.deepEqual(told({ grants: all }), [
    "laptop may read / and below, except /laptop/, /shared/, /team/, and change nothing but locks (role read by the grant on /)",
    "laptop may read and add backups to /laptop/ and below, and remove nothing but locks (role backup by the grant on /laptop/)",
    "laptop may read, add and remove backups in /shared/ and below (role maintain by the grant on /shared/)",
    "laptop may read, add and remove backups in /team/ and below, give others a role there and set holds (role admin by the grant on /team/)",
    "laptop signs in with a password",
  ]);
});

test("a login that is capped says what its account would have", () => {
  const [first, second] = told({ credentials: [credential({ mostRole: "backup" })], grants: grants(["/a/", "admin"], ["/b/", "read"]) });
  assert.match(
    first ?? "",
    /^laptop may read and add .* \(role backup at most by this login; the grant on \/a\/ gives its account admin\)$/,
  );
  assert.match(second ?? "", /^laptop may read \/b\/ .* \(role read by the grant on \/b\/\)$/);
});

test("of one path it is told which grant decides, or that none does", () => {
  const all = grants(["/", "maintain"], ["/shared/", "read"]);
  assert.deepEqual(
    told({ grants: all, path: "/shared/nas/" })[0],
    "laptop may read /shared/nas/, and change nothing but locks (role read by the grant on /shared/)",
  );
  assert.deepEqual(
    told({ grants: grants(["/a/", "read"]), path: "/b/" })[0],
    "laptop may do nothing on /b/: no grant of its account covers it",
  );
  assert.deepEqual(told({})[0], "laptop may do nothing anywhere: its account was granted no path");
});

test("everything that keeps a login out or will is told, each login for itself", () => {
  const bound = credential({
    login: "laptop.nas",
    kind: "certificate",
    certificateName: "nas.lan",
    disabledAtMs: NOW - 1000,
    expiresAtMs: NOW,
    addresses: ["192.0.2.0/24", "unix"],
    previousSecretUntilMs: NOW + 1000,
  });
  const later = credential({ expiresAtMs: NOW + 1, previousSecretUntilMs: NOW });
  assert.deepEqual(
    told({ account: { ...account, disabledAtMs: NOW - 2000 }, credentials: [bound, later], grants: grants(["/a/", "read"]) }),
    [
      "laptop.nas may read /a/ and below, and change nothing but locks (role read by the grant on /a/)",
      "laptop.nas signs in with the certificate nas.lan",
      "laptop.nas cannot sign in: its account is disabled since 2026-11-30T23:59:58Z",
      "laptop.nas cannot sign in: it is disabled since 2026-11-30T23:59:59Z",
      "laptop.nas cannot sign in: it has expired at 2026-12-01T00:00:00Z",
      "laptop.nas signs in only from 192.0.2.0/24, a unix socket",
      "laptop.nas can still use its old password until 2026-12-01T00:00:01Z",
      "laptop may read /a/ and below, and change nothing but locks (role read by the grant on /a/)",
      "laptop signs in with a password",
      "laptop cannot sign in: its account is disabled since 2026-11-30T23:59:58Z",
      "laptop expires at 2026-12-01T00:00:00Z",
    ],
  );
});
