import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { httpRequest, randomObject } from "../support/http-request.ts";
import { startHub } from "../support/start-hub.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { logged } from "../support/worker-load.ts";
import { until, workersOf } from "../support/worker-pids.ts";

const PRELOAD = fileURLToPath(new URL("../support/crash-thread.ts", import.meta.url));
const ENDED = "a thread of the database has ended; the next call starts another";
const skip = process.platform !== "linux" && "only Linux tells of the children of a process";

/** A hub whose database thread crashes instead of a commit, `once` or `always`, until `heal`. */
async function openHub(workers: number) {
  await using stack = new AsyncDisposableStack();
  const file = join(stack.use(await tempFolder()).path, "crash");
  const env = { HOLDFAST_TEST_CRASH_FILE: file, NODE_OPTIONS: `--import=${PRELOAD}` };
  const hub = stack.use(await startHub({ workers, env }));
  const { password } = await hub.addAccount("laptop");
  const credentials = { login: "laptop", secret: password };
  const owned = stack.move();
  return {
    hub,
    crash: async (often: "once" | "always") => await writeFile(file, often),
    heal: async () => await rm(file),
    send: (method: string, target: string, body?: Uint8Array) =>
      httpRequest(hub.url.restic, method, target, { credentials, ...(body !== undefined && { body }) }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

for (const workers of [1, 2]) {
  test(`${workers} serving: a database thread that crashes within a change is a 503 that may be asked again, and a line in the log`, {
    skip,
  }, async () => {
    await using it = await openHub(workers);
    const { hub, send } = it;
    const pids = workersOf(hub.pid);
    let [refused, rounds]: [string[], number] = [[], 0];
    while (refused.length === 0) {
      rounds += 1;
      assert.ok(rounds < 10, "none of them was in the thread that crashed");
      await it.crash("once"); // it may strike what the hub writes for itself
      const names = Array.from({ length: 8 }, (_, index) => `/laptop/${rounds}${index}/?create=true`);
      const replies = await Promise.all(names.map((name) => send("POST", name)));
      refused = names.filter((_, index) => replies[index]?.status !== 200);
      for (const { status, reason } of replies) assert.match(`${status} ${reason}`, /^(200|503 The database thread stopped)/);
    }
    await until(() => logged(hub, ENDED) >= 1);
    for (const name of refused) assert.equal((await send("POST", name)).status, 200);

    const { id, bytes } = randomObject(100_000);
    assert.equal((await send("POST", `/laptop/10/data/${id}`, bytes)).status, 200);
    assert.ok((await send("GET", `/laptop/10/data/${id}`)).body.equals(bytes));
    assert.deepEqual(workersOf(hub.pid), pids, "no process has ended for it");
  });
}

test("while the database thread crashes with every change each is refused at once, and it works again afterwards", { skip }, async () => {
  await using it = await openHub(2);
  const { hub, send } = it;
  await it.crash("always");
  for (let round = 0; round < 4; round += 1) {
    const replies = await Promise.all(Array.from({ length: 4 }, (_, index) => send("POST", `/laptop/${index}/?create=true`)));
    assert.deepEqual(
      replies.map(({ status }) => status),
      [503, 503, 503, 503],
    );
  }
  await until(() => logged(hub, ENDED) > 0);
  assert.ok(logged(hub, ENDED) <= 3 * 3, "a fault that lasts does not fill the log: three lines a minute for each process");
  await it.heal();
  assert.equal((await send("POST", "/laptop/0/?create=true")).status, 200);
  await until(async () => (await httpRequest(hub.url.main, "GET", "/readyz")).status === 204);
  assert.equal(await hub.stop(), 0);
});
