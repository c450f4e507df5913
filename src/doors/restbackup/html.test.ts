import assert from "node:assert/strict";
import { test } from "node:test";
import { html, linkTo, shownName } from "./html.ts";

test("what is put into a page is text there, in every place (spec 9, A19)", () => {
  const evil = `<script>"'&`;
  assert.equal(html`<a title="${evil}">${evil}</a>`.text, '<a title="&lt;script&gt;&quot;&#39;&amp;">&lt;script&gt;&quot;&#39;&amp;</a>');
  assert.equal(html`${html`<b>`}${[html`1`, html`2`]}${undefined}${3}`.text, "<b>123");
  assert.equal(html`${"&amp;"}`.text, "&amp;amp;", "what looks escaped is text too");
});

test("a name stands apart from the text around it, and its turning marks are seen (spec 3.4, A19)", () => {
  assert.equal(shownName("/a<b>").text, "<bdi>/a&lt;b&gt;</bdi>");
  for (const mark of ["\u202e", "\u2066", "\u2028"]) {
    const { text } = shownName(`/${mark}gpj.exe`);
    assert.ok(!text.includes(mark));
    assert.match(text, /U\+20[0-9A-F]{2}<\/span>gpj\.exe<\/bdi>$/);
  }
  assert.equal(shownName("/אבג-💾.tar").text, "<bdi>/אבג-💾.tar</bdi>");
});

test("a link stays a path below its listing, whatever the name (spec 3.4)", () => {
  assert.equal(linkTo("/javascript:x"), "./javascript%3Ax");
  assert.equal(linkTo("/a b/ü?#%.tar"), "./a%20b/%C3%BC%3F%23%25.tar");
  for (const base of ["https://backup.example/", "https://backup.example/session/abc/"]) {
    for (const name of ["/javascript:x", "/\\evil.example\\x", "/a\\..\\b", '/"><x', "/data:text/html,x"]) {
      const url = new URL(linkTo(name), base);
      assert.ok(url.href.startsWith(base), url.href);
      assert.equal(decodeURIComponent(url.pathname.slice(new URL(base).pathname.length - 1)), name);
    }
  }
});
