import assert from "node:assert/strict";
import { test } from "node:test";
import { type ListingPage, listingPage } from "./listing-page.ts";
import { parseListingQuery } from "./listing-query.ts";
import type { ListedArchive } from "./listing-text.ts";
import { PAGE_HEADERS, pageBytes } from "./page-frame.ts";
import { PAGE_STYLE, STYLE_VERSION, styleHeaders } from "./page-style.ts";

const NOW = Date.UTC(2026, 10, 22, 9, 12);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SHA256 = "0123456789abcdef".repeat(4);

function archive(name: string, changed: Partial<ListedArchive> = {}): ListedArchive {
  const createdAtMs = NOW - 6 * HOUR;
  return {
    id: 1,
    name,
    sizeBytes: 1_396_265_991,
    sha256: SHA256,
    createdAtMs,
    expiresAtMs: createdAtMs + 365 * DAY,
    held: false,
    ...changed,
  };
}

function page(query: string, changed: Partial<ListingPage> = {}): string {
  const parsed = parseListingQuery(query);
  assert.ok(!("status" in parsed));
  const archives = changed.archives ?? [];
  const whole: ListingPage = {
    viewer: { kind: "account", login: "K7QX2MBA" },
    publicUrl: "https://backup.example/",
    query: parsed,
    folders: [],
    archives,
    total: { count: archives.length, sizeBytes: 0, newestAtMs: archives[0]?.createdAtMs },
    next: undefined,
    nowMs: NOW,
    ...changed,
  };
  return [...listingPage(whole)].map(({ text }) => text).join("");
}

const has = (text: string, ...parts: string[]) => {
  for (const part of parts) assert.ok(text.includes(part), `${part} is missing in ${text}`);
};

test("a file is shown with its size, times and digest, and its name leads to it (spec 3.4)", () => {
  const text = page("", { archives: [archive("/db/data 1.tar.gz")] });
  has(text, 'href="./db/data%201.tar.gz"><bdi>/db/data 1.tar.gz</bdi>', 'title="1,396,265,991 bytes">1.3 GiB<');
  has(
    text,
    '<time datetime="2026-11-22T03:12:00Z" title="2026-11-22T03:12:00Z">2026-11-22 03:12</time>',
    ">in 12 months</time>",
    `>${SHA256}</code>`,
  );
  has(text, "<strong>1 file</strong>", "The newest came <time", "6 hours ago");
});

test("a hold stands in the place of the end, and a near end is seen (spec 3.4)", () => {
  const held = page("", { archives: [archive("/a", { held: true })] });
  has(held, ">held</span>");
  assert.ok(!held.includes("in 12 months"));
  has(page("", { archives: [archive("/a", { expiresAtMs: NOW + 3 * DAY })] }), '<span class="soon"><time', "in 3 days");
  assert.ok(!page("", { archives: [archive("/a", { expiresAtMs: NOW + 8 * DAY })] }).includes('class="soon"'));
});

test("no name can do anything but be shown (spec 9, A19)", () => {
  const names = [
    "/<script>alert(1)</script>",
    `/"onmouseover="alert(1)`,
    "/' onload='x",
    "/javascript:alert(1)",
    "/\u202egpj.exe",
    "/</table></main>",
    "/&lt;",
  ];
  for (const name of names) {
    const text = page(`search=${encodeURIComponent(name)}&prefix=${encodeURIComponent(`${name}/`)}`, {
      archives: [archive(name)],
      folders: [{ prefix: `${name}/`, count: 1, sizeBytes: 1, newestAtMs: NOW }],
      viewer: { kind: "session", endsAtMs: NOW + HOUR, prefix: name },
    });
    assert.doesNotMatch(text, /<script|href="javascript:/, name);
    assert.doesNotMatch(text.replace(/ value="[^"]*"/g, ""), /\u202e/, "but in the fields that send it on");
    assert.equal(text.match(/<\/table>/g)?.length, 1, name);
    const inTags = text.match(/<[a-z][^>]*>/g) ?? [];
    for (const tag of inTags) assert.match(tag, /^<[a-z0-9]+(?: [a-z-]+(?:="[^"<]*")?)*>$/, tag);
    for (const tag of inTags) assert.doesNotMatch(tag.replace(/"[^"]*"/g, ""), / on[a-z]+[ =>]/, tag);
  }
});

test("a page loads nothing from anywhere else and runs nothing (spec 3.4, 9)", () => {
  const text = page("", { archives: [archive("/a")] });
  const loaded = [...text.matchAll(/<link[^>]* href="(?<href>[^"]*)"/g)].map(({ groups }) => groups?.["href"] ?? "");
  assert.equal(loaded.length, 2);
  assert.match(loaded[0] ?? "", /^data:image\/svg\+xml,/);
  assert.equal(loaded[1], `/_hub/style.css?v=${STYLE_VERSION}`);
  assert.doesNotMatch(text, /<script|<style| style=| src=|href="http/);
  assert.doesNotMatch(PAGE_STYLE, /url\(|@import|@font-face/);
  const headers = PAGE_HEADERS.join("\n");
  has(headers, "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'");
  has(headers, "private, no-store", "no-referrer", "noindex", "same-origin", "Accept, Authorization, User-Agent");
});

test("folders lead down, and the way back up is shown (spec 3.4)", () => {
  const folders = [{ prefix: "/db/ü 1/", count: 412, sizeBytes: 1024, newestAtMs: NOW }];
  const text = page("prefix=%2Fdb%2F", { folders, archives: [archive("/db/x.gz")], total: { count: 413, sizeBytes: 1, newestAtMs: NOW } });
  has(text, 'href="./?prefix=%2Fdb%2F%C3%BC+1%2F"><bdi>ü 1/</bdi>', "412 files", 'href="./db/x.gz"><bdi>x.gz</bdi>');
  has(
    text,
    '<a href="./">All files</a>',
    '<a href="./?prefix=%2Fdb%2F"><bdi>db</bdi></a>',
    '<input type="hidden" name="prefix" value="/db/">',
  );
});

test("a search shows whole names and keeps what was asked for", () => {
  const text = page("search=x&prefix=%2Fdb%2F", { archives: [archive("/db/x.gz")], next: { createdAtMs: 1000, id: 7 } });
  has(text, "<bdi>/db/x.gz</bdi>", 'value="x"', 'href="./?prefix=%2Fdb%2F&amp;search=x&amp;after=1-7" rel="next">Older files');
  has(page("search=x", {}), "No name here holds “<bdi>x</bdi>”");
});

test("long listings have pages that lead to one another (spec 3.4)", () => {
  const middle = page("after=5-5", { archives: [archive("/a")], next: { createdAtMs: 1000, id: 7 } });
  has(middle, '<a href="./">Newest files</a>', 'href="./?after=1-7"');
  assert.ok(!page("", { archives: [archive("/a")] }).includes('class="more"'));
});

test("an account without files is told how to send the first one", () => {
  has(page(""), "Waiting for the first file", "<pre>curl -u K7QX2MBA -T backup.tar.gz https://backup.example/</pre>");
});

test("a session says until when it shows what, names no account and offers no command (spec 4)", () => {
  const text = page("", { viewer: { kind: "session", endsAtMs: NOW + 5 * HOUR, prefix: "/db/" }, archives: [archive("/db/x")] });
  has(text, "in 5 hours", "2026-11-22 14:12</time> UTC", "begin with <code><bdi>/db/</bdi></code>");
  assert.doesNotMatch(text, /K7QX2MBA|curl/);
});

test("a page of the longest names comes in small pieces", async () => {
  const name = `/${"<".repeat(1023)}`;
  const archives = Array.from({ length: 1000 }, () => archive(name));
  const parsed = parseListingQuery(undefined);
  assert.ok(!("status" in parsed));
  const viewer = { kind: "account", login: "K7QX2MBA" } as const;
  const total = { count: 1000, sizeBytes: 1, newestAtMs: NOW };
  const parts = listingPage({ viewer, publicUrl: "https://x/", query: parsed, folders: [], archives, total, next: undefined, nowMs: NOW });
  let bytes = 0;
  for await (const piece of pageBytes(parts)) {
    assert.ok(piece.length < 64 * 1024, `${piece.length}`);
    bytes += piece.length;
  }
  assert.ok(bytes > 4_000_000);
});

test("a browser keeps the style sheet of this version, and no other", () => {
  assert.ok(styleHeaders(`v=${STYLE_VERSION}`).includes("public, max-age=31536000, immutable"));
  for (const query of [undefined, "", "v=0", `v=${STYLE_VERSION}0`]) assert.ok(styleHeaders(query).includes("no-cache"), String(query));
});
