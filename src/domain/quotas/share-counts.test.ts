import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { HubLine } from "#events/hub-line.ts";
import { startDoorHub } from "../../../test/support/door-hub.ts";
import { followCounts, shareCounts } from "./share-counts.ts";

test("the process that counts hears that a worker wants a count, and each worker of what cannot be counted", async () => {
  await using primary = await startDoorHub();
  await using worker = await startDoorHub();
  const { port1, port2 } = new MessageChannel();
  let woken = 0;
  primary.hub.core.quotas.onRecountAsked(() => {
    woken += 1;
  });
  const share = shareCounts(primary.hub.core);
  primary.hub.core.quotas.uncountable.set("/laptop/before/", true);
  share(lineOver(port1));
  followCounts(worker.hub.core, lineOver(port2));

  primary.hub.core.quotas.uncountable.set("/laptop/after/", true);
  await worker.hub.core.quotas.askRecount("/laptop/x/");
  await sleep(200);
  assert.equal(woken, 1);
  assert.deepEqual(worker.hub.core.quotas.uncountable.paths, ["/laptop/before/", "/laptop/after/"]);
  primary.hub.core.quotas.uncountable.set("/laptop/before/", false);
  await sleep(200);
  assert.deepEqual(worker.hub.core.quotas.uncountable.paths, ["/laptop/after/"]);
  port1.close();
});

function lineOver(port: MessagePort): HubLine {
  const wire = {
    send: (message: unknown) => port.postMessage(message),
    onMessage: (take: (message: unknown) => void) => void port.on("message", take),
    onEnd: (ended: () => void) => void port.once("close", ended),
  };
  const onFault = (error: unknown) => assert.fail(String(error));
  return new HubLine(wire, { answerMs: 1000, tellDelayMs: 5, onFault });
}
