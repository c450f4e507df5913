import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_LIMITS } from "#limits.ts";
import { checksEveryMs, createClearServer, createTlsServer } from "./node-server.ts";

test("0#12: uploads have no total timeout, and idle connections outlive the 90 s for which Go keeps them", () => {
  for (const server of [createClearServer(DEFAULT_LIMITS), createTlsServer({}, DEFAULT_LIMITS)]) {
    const { requestTimeout, headersTimeout, keepAliveTimeout } = server as ReturnType<typeof createClearServer>; // the TLS one has them for HTTP/1.1
    assert.equal(requestTimeout, 0);
    assert.equal(headersTimeout, DEFAULT_LIMITS.headersTimeoutMs);
    assert.ok(keepAliveTimeout > 90_000, `${keepAliveTimeout}`);
  }
});

test("HB-7: at the defaults a slow header sender is cut in 10 to 30 s", () => {
  for (const server of [createClearServer(DEFAULT_LIMITS), createTlsServer({}, DEFAULT_LIMITS)]) {
    const { headersTimeout } = server as ReturnType<typeof createClearServer>; // the TLS one has it for HTTP/1.1
    const latestMs = headersTimeout + checksEveryMs(DEFAULT_LIMITS);
    assert.ok(headersTimeout >= 10_000 && latestMs <= 30_000, `cut between ${headersTimeout} and ${latestMs} ms`);
  }
});
