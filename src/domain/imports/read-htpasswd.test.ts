import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_LIMITS } from "#limits.ts";
import { readHtpasswd } from "./read-htpasswd.ts";

const BCRYPT = "$2y$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2";
const SHA = "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=";
const read = (text: string) => readHtpasswd(text, DEFAULT_LIMITS);
const names = (text: string) => read(text).users.map(({ name }) => name);

test("3.2: every kind of hash that rest-server takes, and apr1 and SHA-crypt, are taken as they stand", () => {
  const lines = {
    a: BCRYPT,
    b: BCRYPT.replace("$2y$", "$2a$"),
    c: BCRYPT.replace("$2y$", "$2b$"),
    d: SHA,
    e: "$apr1$saltsalt$EGVZDNN6gOqijy.tv9axG/",
    f: "$5$saltsalt$myjXcpMpE2Ofk7fj9hqyNYSn6lmWG4Mqnjx.KIRRr4/",
    g: "$6$saltsalt$hRM5XZ86KXEw9UOmjigeVqFgULtFB2sgpC9lXQDfMib3Zgw7mEiUvBJI2EplzfAqxL5Vvwp2scFtv/uamSo5z0",
  };
  const text = Object.entries(lines)
    .map(([name, hash]) => `${name}:${hash}\n`)
    .join("");
  const { users, skipped } = read(text);
  assert.deepEqual(skipped, []);
  assert.deepEqual(Object.fromEntries(users.map(({ name, secretHash }) => [name, secretHash])), lines);
  assert.deepEqual(
    users.map(({ hashName }) => hashName),
    ["bcrypt, cost 5", "bcrypt, cost 5", "bcrypt, cost 5", "SHA-1", "apr1 (MD5)", "SHA-256-crypt", "SHA-512-crypt"],
  );
});

test("3.2: a byte order mark, line ends of any kind, comments, blank lines and more colons cost no user the way in", () => {
  const text = `\uFEFFfirst:${SHA}\r\n\r\n# comment: with a colon\r\n  second:${SHA}  \rthird:${SHA}:a comment\n\t\nlast:${BCRYPT}`;
  assert.deepEqual(names(text), ["first", "second", "third", "last"]);
  assert.deepEqual(read(text).users[2]?.secretHash, SHA);
  assert.deepEqual(read(text).skipped, []);
  assert.deepEqual(read(""), { users: [], skipped: [] });
});

test("3.2: a line that is wrong is told with its number and its reason, and the others count", () => {
  const { users, skipped } = read(`good:${SHA}\nno colon\n:${SHA}\na b:${SHA}\n.dot:${SHA}\ndata:${SHA}\nalso:${SHA}`);
  assert.deepEqual(
    users.map(({ name }) => name),
    ["good", "also"],
  );
  assert.deepEqual(
    skipped.map(({ line, name }) => [line, name]),
    [
      [2, undefined],
      [3, ""],
      [4, "a b"],
      [5, ".dot"],
      [6, "data"],
    ],
  );
  for (const { reason } of skipped) assert.match(reason, /^.+[.\w]$/);
});

test("crypt(3), plain text and unknown kinds are refused with a sentence that shows nothing of them", () => {
  for (const [hash, reason] of [
    ["rqXexS6ZhobKA", /eight characters/],
    ["open sesame!", /Plain text/],
    ["{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", /unknown/],
    ["$1$saltsalt$EGVZDNN6gOqijy.tv9axG/", /unknown/],
    ["$2y$05$cutoff", /cut off/],
    ["$2x$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2", /unknown form/],
    ["", /no password/],
    ["$argon2id$v=19$m=4294967295,t=1,p=1$AAAA$AAAA", /no kind of htpasswd/],
  ] as const) {
    const { users, skipped } = read(`laptop:${hash}`);
    assert.deepEqual(users, []);
    assert.match(skipped[0]?.reason ?? "", reason);
    if (hash.length > 3) assert.ok(!skipped[0]?.reason.includes(hash), hash);
  }
});

test("a hash that would keep the server busy for long is refused, and the dearest that would not is taken", () => {
  const cost = (digits: string) => `a:${BCRYPT.replace("$05$", `$${digits}$`)}`;
  assert.deepEqual(names(cost("14")), ["a"]);
  for (const digits of ["15", "31"]) assert.match(read(cost(digits)).skipped[0]?.reason ?? "", /at most 14/);
  const rounds = (count: string) => `a:$5$rounds=${count}$saltsalt$myjXcpMpE2Ofk7fj9hqyNYSn6lmWG4Mqnjx.KIRRr4/`;
  assert.deepEqual(names(rounds("200000")), ["a"]);
  for (const count of ["200001", "999999999"]) assert.match(read(rounds(count)).skipped[0]?.reason ?? "", /at most 200000/);
});

test("of two lines for one name the first counts, also when they differ in case", () => {
  const { users, skipped } = read(`Alice:${SHA}\nAlice:${BCRYPT}\nalice:${BCRYPT}`);
  assert.deepEqual(
    users.map(({ name, secretHash }) => [name, secretHash]),
    [["Alice", SHA]],
  );
  assert.match(skipped[0]?.reason ?? "", /line 1, which counts/);
  assert.match(skipped[1]?.reason ?? "", /only in case/);
});

test("names in letters of any language are taken, and bytes that are no UTF-8 are no name", () => {
  assert.deepEqual(names(`müller:${SHA}\n名前:${SHA}`), ["müller", "名前"]);
  assert.deepEqual(names(Buffer.from(`m\xfcller:${SHA}`, "latin1").toString("utf8")), []);
});
