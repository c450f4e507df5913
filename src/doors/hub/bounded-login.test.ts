import assert from "node:assert/strict";
import { test } from "node:test";
import { addCredential } from "#domain/access/add-credential.ts";
import { OPERATOR } from "#model/actor.ts";
import { startApiHub } from "../../../test/support/api-hub.ts";

test("a login that is bound to a lesser role than its account's admin grants nothing, and sees no grants of others", async () => {
  await using it = await startApiHub();
  const { core, hub } = it;
  const main = await hub.addAccount("alice");
  await hub.addAccount("nas");
  await hub.grant("alice", "/a/", "admin");
  await hub.grant("nas", "/a/", "read");
  const added = await addCredential(core, OPERATOR, { accountName: "alice", word: "nas2", mostRole: "backup" });
  const bound = { login: added.login, secret: added.secret ?? "" };
  const put = (credentials: typeof bound) =>
    it.send("PUT", "/grants", { credentials, json: { account: "nas", path: "a/x", role: "read" } });
  const whoami = async (credentials: typeof bound) => (await it.send("GET", "/whoami", { credentials })).json["permissions"];
  const granted = async (credentials: typeof bound) =>
    (await it.items("/grants", { credentials })).map(({ account, path }) => `${account} ${path}`);

  assert.deepEqual(await whoami(bound), ["see"]);
  assert.deepEqual(await granted(bound), ["alice /a/", "alice /alice/"]);
  assert.equal((await put(bound)).status, 403);

  assert.deepEqual(await whoami(main), ["see", "grant"]);
  assert.deepEqual(await granted(main), ["alice /a/", "nas /a/", "alice /alice/"]);
  assert.equal((await put(main)).status, 200);
});
