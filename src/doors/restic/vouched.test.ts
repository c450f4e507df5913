import assert from "node:assert/strict";
import { test } from "node:test";
import { startDoorHub } from "../../../test/support/door-hub.ts";
import { basic, httpRequest } from "../../../test/support/http-request.ts";

test("RS-11: credentials that signed in by themselves say nothing from a listed proxy: whom it names counts, and nobody when it names none", async () => {
  await using door = await startDoorHub({ flags: { "proxy.peers": "127.0.0.2", "proxy.userHeader": "X-Remote-User" } });
  await door.addAccount("nas");
  await door.grant("nas", "/laptop/", "read");
  const authorization = basic(door.credentials);
  const ask = async (localAddress: string, user?: string, method = "GET") => {
    const headers = { authorization, ...(user !== undefined && { "x-remote-user": user }) };
    return (await httpRequest(door.url, method, "/laptop/config", { headers, localAddress })).status;
  };
  for (let times = 0; times < 3; times += 1) assert.equal(await ask("127.0.0.1"), 404);
  assert.equal(await ask("127.0.0.1", "nas"), 404, "the header of an unlisted peer says nothing");
  assert.deepEqual([await ask("127.0.0.2"), await ask("127.0.0.2", ""), await ask("127.0.0.2", "nobody")], [401, 401, 401]);
  assert.equal(await ask("127.0.0.2", "laptop", "POST"), 200);
  assert.deepEqual([await ask("127.0.0.2", "nas"), await ask("127.0.0.2", "nas", "DELETE")], [200, 403]);
});
