import assert from "node:assert/strict";
import { test } from "node:test";
import { isLoopbackHost, parseListenAddress } from "./listen-address.ts";

test("a listen address is host:port, a unix socket with its mode, or off", () => {
  assert.deepEqual(parseListenAddress("127.0.0.1:8000"), { kind: "tcp", host: "127.0.0.1", port: 8000 });
  assert.deepEqual(parseListenAddress("[::1]:0"), { kind: "tcp", host: "::1", port: 0 });
  assert.deepEqual(parseListenAddress(":8000"), { kind: "tcp", host: "::", port: 8000 });
  assert.deepEqual(parseListenAddress("nas.local:80"), { kind: "tcp", host: "nas.local", port: 80 });
  assert.deepEqual(parseListenAddress("unix:/run/holdfast.sock"), { kind: "unix", path: "/run/holdfast.sock", mode: 0o600 });
  assert.deepEqual(parseListenAddress("unix:/run/holdfast.sock?mode=0660"), { kind: "unix", path: "/run/holdfast.sock", mode: 0o660 });
  assert.deepEqual(parseListenAddress("off"), { kind: "off" });
});

test("anything else is no listen address", () => {
  for (const text of [
    "",
    "8000",
    "127.0.0.1",
    "host:port",
    "127.0.0.1:65536",
    "unix:relative",
    "unix:/x?mode=9",
    "[127.0.0.1]:1",
    "a b:1",
    "http://x:1",
  ]) {
    assert.equal(parseListenAddress(text), undefined, text);
  }
});

test("loopback is what only this machine reaches", () => {
  for (const host of ["localhost", "127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"]) assert.equal(isLoopbackHost(host), true, host);
  for (const host of ["0.0.0.0", "::", "192.168.1.5", "localhost.example", "1127.0.0.1", "127.0.0.1.example"])
    assert.equal(isLoopbackHost(host), false, host);
});
