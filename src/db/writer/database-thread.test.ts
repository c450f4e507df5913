import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { DEFAULT_LIMITS } from "#limits.ts";
import { assertRefusal } from "../contract-place.ts";
import { DatabaseThread } from "./database-thread.ts";

/** A thread that marks what it begins, as ours do, answers `echo`, dies of `die` and `exit` and never answers `wait`. */
const ENTRY = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort, workerData } from "node:worker_threads";
    parentPort.on("message", (call) => {
      if (call.name === "exit") process.exit(3);
      if (call === "close") return parentPort.close();
      if (call.name === "die") throw new Error("something broke");
      if (call.name === "stay away") return;
      Atomics.store(workerData.claims, call.slot, 1);
      if (call.name === "echo") parentPort.postMessage([{ slot: call.slot, kind: "value", value: call.input }]);
    });
  `)}`,
);

test("when the database thread dies, everything that waits is refused and the next call starts another", async () => {
  await using thread = openThread({ changes: true });
  assert.equal(await thread.run("echo", 1), 1);
  const begun = thread.run("wait", 2);
  const waiting = thread.run("stay away", 3);
  const dying = thread.run("die", 4);
  await Promise.all([
    assertRefusal(begun, "unavailable", /stopped; it may have been saved$/),
    assertRefusal(waiting, "unavailable", /stopped$/),
    assertRefusal(dying, "unavailable", /stopped$/),
  ]);
  assert.equal(await thread.run("echo", 5), 5);
  await thread[Symbol.asyncDispose]();
  await assertRefusal(thread.run("echo", 6), "unavailable", /closed/);
});

test("why a thread has ended by itself is told, once, and that it was closed is not", async () => {
  const told: unknown[] = [];
  await using thread = openThread({ changes: true, onLost: (cause) => told.push(cause) });
  await assert.rejects(thread.run("die", 1));
  await assert.rejects(thread.run("exit", 2), ({ cause }: Error) => cause === told[1]);
  assert.equal(await thread.run("echo", 3), 3);
  await thread[Symbol.asyncDispose]();
  assert.deepEqual(
    told.map((cause) => (cause as Error).message),
    ["something broke", "The thread ended with code 3"],
  );
});

test("a change that has begun is waited for past the deadline, a read is not", async () => {
  // Long enough for a thread to start on a busy machine.
  const databaseWaitMs = 3000;
  await using reads = openThread({ changes: false, databaseWaitMs });
  await using changes = openThread({ changes: true, databaseWaitMs });
  await changes.run("echo", 0);
  const begun = changes.run("wait", 1);
  const told = begun.then(
    () => "value",
    () => "refusal",
  );
  await Promise.all([
    assertRefusal(reads.run("wait", 1), "unavailable", /too long/),
    assertRefusal(changes.run("stay away", 2), "unavailable", /too long/),
  ]);
  assert.equal(await Promise.race([told, sleep(200, "nothing yet")]), "nothing yet");
  await changes[Symbol.asyncDispose]();
  await assertRefusal(begun, "unavailable", /may have been saved/);
});

test("an input that cannot be sent to the thread costs no place in the queue", async () => {
  await using thread = openThread({ changes: true, databaseQueue: 1 });
  for (let time = 0; time < 3; time += 1)
    await assert.rejects(
      thread.run("echo", () => {}),
      /could not be cloned/,
    );
  assert.deepEqual(await thread.run("echo", { a: undefined }), { a: undefined });
});

function openThread({
  changes,
  onLost,
  ...limits
}: {
  readonly changes: boolean;
  readonly onLost?: (cause: unknown) => void;
  readonly databaseWaitMs?: number;
  readonly databaseQueue?: number;
}) {
  return new DatabaseThread({ entry: ENTRY, file: "", limits: { ...DEFAULT_LIMITS, ...limits }, changes, onLost });
}
