import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { loggedTarget, MOST_NAME_BYTES, parseTarget, type RestBackupTarget } from "./target.ts";

const TOKEN = "abcDEF0123456789abcDEF01";

function resourceOf(raw: string): RestBackupTarget["resource"] | number {
  const target = parseTarget(raw);
  return "status" in target ? target.status : target.resource;
}

function nameOf(raw: string): string | number {
  const resource = resourceOf(raw);
  if (typeof resource === "number") return resource;
  assert.equal(resource.kind, "archive", raw);
  return resource.kind === "archive" ? resource.name : "";
}

test("all spellings of a name reach the same file (spec 2.2)", () => {
  // As py (upper-case hex, `~` escaped), curl (lower-case hex), java (as its caller wrote it) and a shell with raw bytes spell it.
  const spellings = ["/J%C3%BCrgen%7E1.tar", "/J%c3%bcrgen~1.tar", "/%4a%C3%bCrgen%7e1%2Etar", "/J\u00c3\u00bcrgen~1.tar"];
  for (const raw of spellings) assert.equal(nameOf(raw), "/Jürgen~1.tar", raw);
  assert.equal(nameOf("/data.20100523.tar.gz"), "/data.20100523.tar.gz");
  assert.equal(nameOf("http://evil.example/a"), "/a", "only the path of an absolute target counts");
});

test("a name is decoded once and otherwise left as it is (spec 2.2)", () => {
  assert.equal(nameOf("/a%252Fb"), "/a%2Fb");
  assert.equal(nameOf("/a%2500"), "/a%00");
  assert.equal(nameOf("/A/b/.hidden/...x/.hub-trash"), "/A/b/.hidden/...x/.hub-trash");
  assert.equal(nameOf("/%20a%20"), "/ a ");
  assert.equal(nameOf("/%3F%23+&;%25%5C\\"), "/?#+&;%\\\\");
  assert.equal(nameOf("/%F0%9F%92%BE"), "/💾");
  assert.notEqual(nameOf("/u%CC%88"), nameOf("/%C3%BC"), "decomposed and composed forms are two names");
  assert.equal(nameOf("/%EF%BB%BFa"), "/\ufeffa", "a byte order mark is a character like others");
  assert.equal(nameOf("/favicon.ico"), "/favicon.ico");
  assert.equal(nameOf("/metrics"), "/metrics");
  assert.equal(nameOf("/session"), "/session", "only what lies below is reserved");
  assert.equal(nameOf("/sessions/a"), "/sessions/a");
});

test("what cannot be a name is refused with 400 (spec 2.2)", () => {
  const wrong = [
    ...["/a%2Fb", "/a%2fb", "/%00", "/a%0Ab", "/%1f", "/%7F", "/%C2%85", "/%FF", "/%C0%AE", "/%ED%A0%80", "/\u00fc", "/\u0131"],
    ...["/%", "/%a", "/%zz", "/a%2", "/%u0041", "//", "//evil/x", "/a//b", "/a/", "/.", "/..", "/a/./b", "/a/../b", "/%2e%2e/b", "/.%2E/b"],
    ...["", "*", "a", "host:80", "/a#b", "ftp://host/a", `/session/${TOKEN}//a`, `/session/${TOKEN}/../x`, `/session/${TOKEN}/a/`],
  ];
  for (const raw of wrong) assert.equal(resourceOf(raw), 400, raw);
});

test("a name has at most 1024 bytes and each of its parts 255 (spec 2.2)", () => {
  const part = "x".repeat(255);
  assert.equal(nameOf(`/${part}`), `/${part}`);
  assert.equal(resourceOf(`/${part}x`), 414);
  assert.equal(resourceOf(`/${"%C3%BC".repeat(128)}`), 414, "bytes count, not characters");
  const longest = `/${part}/${part}/${part}/${part}`;
  assert.equal(longest.length, MOST_NAME_BYTES);
  assert.equal(nameOf(longest), longest);
  assert.equal(resourceOf(`/${part}/${part}/${part}/${"x".repeat(200)}/${"x".repeat(55)}`), 414);
});

test("the root, sessions, uploads and the reserved prefixes are told apart (spec 2.2, 4, 8.2)", () => {
  assert.deepEqual(parseTarget("/"), { resource: { kind: "root" }, query: undefined });
  assert.deepEqual(parseTarget("/?a=%2F&b"), { resource: { kind: "root" }, query: "a=%2F&b" });
  assert.deepEqual(parseTarget("/a?"), { resource: { kind: "archive", name: "/a" }, query: "" });
  assert.deepEqual(resourceOf(`/session/${TOKEN}`), { kind: "session", token: TOKEN, finalSlash: false });
  assert.deepEqual(resourceOf(`/session/${TOKEN}/`), { kind: "session", token: TOKEN, finalSlash: true });
  assert.deepEqual(resourceOf(`/%73ession/${TOKEN}/a/b`), { kind: "session-archive", token: TOKEN, name: "/a/b" });
  assert.deepEqual(resourceOf("/_hub/uploads/Abc123"), { kind: "upload", id: "Abc123" });
  assert.deepEqual(resourceOf("/_hub/style.css?v=1"), { kind: "style" });
  const reserved = ["/session/", "/session//a", "/session/a-b/c", `/session/${"a".repeat(65)}/`, "/_hub/", "/_hub/uploads/", "/_hub/x/y"];
  for (const raw of [...reserved, "/_hub/uploads/a/b", "/%5Fhub/x"]) assert.deepEqual(resourceOf(raw), { kind: "reserved" }, raw);
});

test("a log shows no token and no upload's id, however they were spelled (spec 4, 9)", () => {
  const spellings = [
    `/session/${TOKEN}`,
    `/session/${TOKEN}/`,
    `/session/${TOKEN}/db/a.gz`,
    `/%73ession/${TOKEN}/?x=/y`,
    `//session/${TOKEN}/`,
  ];
  const more = [`/./session/%61${TOKEN.slice(1)}`, `http://h/session/${TOKEN}/a`, `/_hub/uploads/${TOKEN}`, `/session/${TOKEN}?a/b`];
  const hash = createHash("sha256").update(TOKEN).digest("hex").slice(0, 6);
  for (const raw of [...spellings, ...more]) {
    const logged = loggedTarget(raw);
    assert.ok(logged.includes(`~${hash}`), `${raw} -> ${logged}`);
    assert.ok(!logged.includes(TOKEN.slice(1)), logged);
  }
  assert.equal(loggedTarget(`/session/${TOKEN}/db/a.gz`), `/session/~${hash}/db/a.gz`);
  for (const raw of ["/", "/data.tar.gz", "/db/session/x", "/_hub/style.css?v=1", "/session/", "/%", "*", ""])
    assert.equal(loggedTarget(raw), raw);
});

test("no target makes the parser throw, and every name it yields is one that its own escape leads back to", () => {
  const piece = fc.oneof(
    fc.constantFrom("/", "..", "%2e", "%2F", "%5c", "\\", "%00", "%", "?", "#", "http://x", "a", "\u00e9", "session", "_hub"),
    fc.string({ unit: "binary", maxLength: 6 }),
    fc.integer({ min: 0, max: 255 }).map((byte) => `%${byte.toString(16).padStart(2, "0")}`),
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 30 }).map((pieces) => `/${pieces.join("")}`),
      (raw) => {
        const target = parseTarget(raw);
        if ("status" in target || target.resource.kind !== "archive") return;
        const { name } = target.resource;
        assert.doesNotMatch(name, /\p{Cc}|\/\/|\/$|\/\.{1,2}(?:\/|$)/u);
        assert.equal(nameOf(name.split("/").map(encodeURIComponent).join("/")), name);
      },
    ),
    { numRuns: 1000 },
  );
});
