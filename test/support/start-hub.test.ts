import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { startHub } from "./start-hub.ts";

test("a hub that is asked to stop ends with 0, and its folder goes with it", async () => {
  let folder = "";
  {
    await using hub = await startHub();
    folder = hub.folder;
    assert.ok((await fetch(`${hub.url.main}/healthz`)).ok);
    assert.equal(await hub.stop(), 0);
    await assert.rejects(fetch(`${hub.url.main}/healthz`));
  }
  assert.equal(existsSync(folder), false);
});

test("a killed hub starts again over the same accounts", async () => {
  await using hub = await startHub();
  await hub.addAccount("laptop");
  await hub.kill();
  await hub.restart();
  const { stdout } = await hub.cli(["account", "list", "--json"]);
  assert.match(stdout, /"laptop"/);
});

test("a hub that cannot start says why", async () => {
  await assert.rejects(startHub({ config: { nonsense: true } }), /nonsense/);
});
