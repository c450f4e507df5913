import assert from "node:assert/strict";
import { test } from "node:test";
import { addCredential } from "#domain/access/add-credential.ts";
import { openCleanupWindow } from "#domain/removal/open-cleanup-window.ts";
import { OPERATOR } from "#model/actor.ts";
import { startDoorHub } from "../../../test/support/door-hub.ts";
import { randomObject } from "../../../test/support/http-request.ts";

test("a clean-up window for one login opens for no other login of its account", async () => {
  for (const owner of ["laptop", "laptop.nas2"]) {
    await using door = await startDoorHub({ role: "backup" });
    const { core } = door.hub;
    const added = await addCredential(core, OPERATOR, { accountName: "laptop", word: "nas2" });
    const logins = [door.credentials, { login: added.login, secret: added.secret ?? "" }];
    await openCleanupWindow(core, OPERATOR, { owner: { kind: "login", name: owner }, path: "laptop", reason: "yearly" });
    for (const credentials of logins) {
      const { id, bytes } = randomObject(50);
      assert.equal((await door.send("POST", `/laptop/data/${id}`, { body: bytes })).status, 200);
      const { status } = await door.send("DELETE", `/laptop/data/${id}`, { credentials });
      assert.equal(status, credentials.login === owner ? 200 : 403, `${credentials.login}, while a window is open for ${owner}`);
    }
  }
});
