import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { HtpasswdVerifier } from "./htpasswd-verifier.ts";
import { parseStoredHash } from "./stored-hash.ts";
import { verifyHtpasswd } from "./verify-htpasswd.ts";

/** Made by `openssl passwd` 3.0 and, what that does not know, by crypt(3) of libxcrypt 4.4. */
const VECTORS: readonly (readonly [secret: string, hash: string])[] = [
  ["correct horse", "$apr1$saltsalt$EGVZDNN6gOqijy.tv9axG/"],
  ["pässwörd", "$apr1$8$2QISsYCyxyYLhfQJa/EEd."],
  ["correct horse", "$5$saltsalt$myjXcpMpE2Ofk7fj9hqyNYSn6lmWG4Mqnjx.KIRRr4/"],
  ["x", "$5$rounds=1234$$kZWEYZLO6IEXhW6dqlCj/GmttyywP8adltroJj1Q7F5"],
  ["a".repeat(32), "$5$saltsalt$tWapoD8pPXtbv36Daa/gvGzhHl1q7GaspUoh386s.vD"],
  ["correct horse", "$6$saltsalt$hRM5XZ86KXEw9UOmjigeVqFgULtFB2sgpC9lXQDfMib3Zgw7mEiUvBJI2EplzfAqxL5Vvwp2scFtv/uamSo5z0"],
  ["pässwörd", "$6$saltsalt$TQjRhpJdqmLx0U8it3EsUajwkmOMMvw5vhUFc7mohzFFoj/QHrfYUHU1oSkwyCEoTUCDOiAOW135nel3bqtKe."],
  ["a".repeat(64), "$6$rounds=1000$salt$KsDeVR2dr6X8AtaDF2ZNMO8gghRA2ybZCqzZFSDds4tZW2X0nEeIuXN9z8Nxpy5b06YvmMAVStdmr9hZ3HFlC."],
  ["correct horse", "$2y$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2"],
  ["correct horse", "$2a$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2"],
  ["correct horse", "$2b$06$abcdefghijklmnopqrstuud/5IuQmqhVO0kfNEbHJM.fJkPiliBzC"],
  ["pässwörd", "$2y$04$abcdefghijklmnopqrstuuyx2n0Zzopyr9QuYTMCfOJJOj526QVoC"],
  ["password", "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g="],
];

test("3.2: each kind of hash of an htpasswd file takes its password and no other", () => {
  for (const [secret, hash] of VECTORS) {
    assert.equal(verifyHtpasswd(hash, secret), true, hash);
    for (const wrong of [`${secret}x`, secret.slice(1), "", secret.toUpperCase()]) assert.equal(verifyHtpasswd(hash, wrong), false, hash);
  }
});

test("3.2: bcrypt looks at the first 72 bytes of a password and no further, as where it comes from", () => {
  const hash = "$2y$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i"; // of 80 characters
  assert.equal(verifyHtpasswd(hash, "x".repeat(80)), true);
  assert.equal(verifyHtpasswd(hash, "x".repeat(72)), true);
  assert.equal(verifyHtpasswd(hash, "x".repeat(71)), false);
});

test("hashes agree with openssl for passwords of every length around a digest's", { skip: withoutOpenssl() }, () => {
  for (const length of [1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 96, 128]) {
    for (const kind of ["-apr1", "-5", "-6"]) {
      const secret = "é".repeat(length >> 1) + "a".repeat(length & 1);
      const hash = execFileSync("openssl", ["passwd", kind, "-stdin"], { input: `${secret}\n` })
        .toString()
        .trim();
      assert.ok(verifyHtpasswd(hash, secret), `${kind}, ${length} bytes`);
    }
  }
});

test("a hash is known by its form, and one that no check could end with is none", () => {
  assert.deepEqual(VECTORS.map(([, hash]) => parseStoredHash(hash)?.kind).slice(0, 3), ["apr1", "apr1", "sha256-crypt"]);
  assert.deepEqual(parseStoredHash(VECTORS[3]?.[1] ?? ""), { kind: "sha256-crypt", rounds: 1234 });
  assert.deepEqual(parseStoredHash(VECTORS[8]?.[1] ?? ""), { kind: "bcrypt", cost: 5 });
  const [cut, ...wrong] = [
    VECTORS[8]?.[1].slice(0, -1) ?? "",
    "$2x$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2",
    "$2y$32$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2",
    "$5$rounds=999$s$kZWEYZLO6IEXhW6dqlCj/GmttyywP8adltroJj1Q7F5",
    "$6$saltsalt$myjXcpMpE2Ofk7fj9hqyNYSn6lmWG4Mqnjx.KIRRr4/",
    "{SHA}short=",
    "{SSHA}08lrfRqMvZ2cMi+cXmpUYS1lbW4=",
    "plain text",
    "",
  ];
  for (const hash of [cut, ...wrong]) assert.equal(parseStoredHash(hash), undefined, hash);
  assert.equal(verifyHtpasswd("plain text", "plain text"), false);
  assert.equal(verifyHtpasswd("", ""), false);
});

test("passwords are checked beside the event loop, many at once, each with its own answer", async () => {
  const verifier = new HtpasswdVerifier();
  const hash = "$2b$06$abcdefghijklmnopqrstuud/5IuQmqhVO0kfNEbHJM.fJkPiliBzC";
  await verifier.verify(hash, "warm");
  let turns = 0;
  const ticking = setInterval(() => (turns += 1), 1);
  const secrets = Array.from({ length: 20 }, (_, index) => (index % 3 === 0 ? "correct horse" : `guess ${index}`));
  const answers = await Promise.all(secrets.map((secret) => verifier.verify(hash, secret)));
  clearInterval(ticking);
  assert.deepEqual(
    answers,
    secrets.map((secret) => secret === "correct horse"),
  );
  assert.ok(turns > 5, `${turns} turns of the loop`);
});

function withoutOpenssl(): string | false {
  try {
    execFileSync("openssl", ["version"]);
    return false;
  } catch {
    return "openssl is not there";
  }
}
