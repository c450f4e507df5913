import assert from "node:assert/strict";
import { test } from "node:test";
import { startApiHub } from "../../../test/support/api-hub.ts";

test("a page of another port of the hub's own host changes nothing, by any method; one of its own port does", async () => {
  await using it = await startApiHub();
  const { host, hostname, port } = new URL(it.hub.hub.addresses["main"] ?? "");
  await it.hub.addAccount("nas");
  const changes: readonly (readonly [method: string, path: string, json?: object])[] = [
    ["POST", "/repositories", { path: "made" }],
    ["PUT", "/grants", { account: "nas", path: "made", role: "read" }],
    ["PATCH", "/accounts/nas", { disabled: true }],
    ["DELETE", "/accounts/nas"],
  ];
  const send = async (origin: string) => {
    const statuses: number[] = [];
    for (const [method, path, json] of changes) {
      statuses.push((await it.send(method, path, { headers: { origin }, ...(json === undefined ? {} : { json }) })).status);
    }
    return statuses;
  };
  const otherPort = port === "8080" ? "8081" : "8080";
  for (const origin of [`http://${hostname}:${otherPort}`, `http://${hostname}`])
    assert.deepEqual(await send(origin), [403, 403, 403, 403]);
  const { status, json } = await it.send("GET", "/accounts/nas");
  assert.deepEqual([status, json["disabledAt"]], [200, null]);
  assert.deepEqual(await it.items("/repositories"), []);
  assert.deepEqual(await send(`http://${host}`), [201, 200, 200, 204]);
});
