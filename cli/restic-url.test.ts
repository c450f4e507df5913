import assert from "node:assert/strict";
import { test } from "node:test";
import { loadConfig } from "#config.ts";
import { resticUrl } from "./restic-url.ts";

const target = { login: "laptop", secret: "s3cret", path: "/laptop/" };
const config = (flags: Record<string, string> = {}) =>
  loadConfig({ flags: { data: "/no/such", ...flags }, environment: {}, workingDirectory: "/" });
const hub = (listeners: Record<string, string>) => ({ pid: 1, listeners, publicUrls: {} });

test("the URL for restic is where the listener would be", () => {
  assert.equal(resticUrl(config(), undefined, target), "http://laptop:s3cret@127.0.0.1:8000/laptop/");
  const tls = { "listen.restic": "[::1]:8443", "tls.restic.enabled": "true" };
  assert.equal(resticUrl(config(tls), undefined, target), "https://laptop:s3cret@[::1]:8443/laptop/");
});

test("a running hub knows better where it listens", () => {
  const running = hub({ main: "http://127.0.0.1:41234", restic: "https://127.0.0.1:41235" });
  assert.equal(resticUrl(config({ "listen.restic": "127.0.0.1:0" }), running, target), "https://laptop:s3cret@127.0.0.1:41235/laptop/");
});

test("a public URL goes before all that, with its path", () => {
  const flags = { "publicUrl.restic": "https://backup.example.org/restic,http://10.0.0.1:8000" };
  const running = { ...hub({ restic: "http://127.0.0.1:41235" }), publicUrls: { restic: ["https://backup.example.org/restic"] } };
  assert.equal(resticUrl(config(), running, target), "https://laptop:s3cret@backup.example.org/restic/laptop/");
  assert.equal(resticUrl(config(flags), undefined, target), "https://laptop:s3cret@backup.example.org/restic/laptop/");
});

test("without a listener of its own restic goes through main", () => {
  const off = { "listen.restic": "off" };
  assert.equal(resticUrl(config(off), undefined, target), "http://laptop:s3cret@127.0.0.1:9898/restic/laptop/");
  assert.equal(resticUrl(config(), hub({ main: "http://127.0.0.1:1" }), target), "http://laptop:s3cret@127.0.0.1:1/restic/laptop/");
  const named = { ...off, "publicUrl.main": "https://hub.example.org/" };
  assert.equal(resticUrl(config(named), undefined, target), "https://laptop:s3cret@hub.example.org/restic/laptop/");
});

test("a unix socket has restic's spelling for it", () => {
  const flags = { "listen.restic": "unix:/run/hold fast.sock?mode=0660" };
  const url = "http+unix://laptop:s3cret@/run/hold%20fast.sock:/laptop/";
  assert.equal(resticUrl(config(flags), undefined, target), url);
  assert.equal(resticUrl(config(), hub({ restic: "unix:/run/hold fast.sock" }), target), url);
});

test("there is no URL while nobody knows where to", () => {
  assert.equal(resticUrl(config({ "listen.restic": "off", "listen.main": "off" }), undefined, target), undefined);
  assert.equal(resticUrl(config({ "listen.restic": "127.0.0.1:0", "listen.main": "off" }), undefined, target), undefined);
});

test("a listener on all addresses is named by one that others can reach", () => {
  const flags = { "listen.restic": ":8000", "clearText.restic": "true" };
  const { hostname, port } = new URL(resticUrl(config(flags), undefined, target) ?? "");
  assert.match(hostname, /^\d+\.\d+\.\d+\.\d+$/);
  assert.notEqual(hostname, "0.0.0.0");
  assert.equal(port, "8000");
});

test("a name or password that a URL could not hold is escaped", () => {
  const url = resticUrl(config(), undefined, { login: "jürgen@nas", secret: "a/b:c@d?#%", path: "/jürgen@nas/" });
  const parsed = new URL(url ?? "");
  assert.equal(parsed.host, "127.0.0.1:8000");
  assert.equal(decodeURIComponent(parsed.username), "jürgen@nas");
  assert.equal(decodeURIComponent(parsed.password), "a/b:c@d?#%");
  assert.equal(decodeURIComponent(parsed.pathname), "/jürgen@nas/");
});
