import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { openMemoryCgroup } from "../support/memory-cgroup.ts";
import { processTree, withoutProc } from "../support/process-tree.ts";
import { withoutOpenssl } from "../support/self-signed.ts";
import { breakUploads } from "./broken-uploads.ts";
import { readNothingOverHttp2 } from "./http2-readers.ts";
import { holdIdleConnections } from "./idle-connections.ts";
import { listSlowly, putEmptyPacks } from "./listing.ts";
import { GIB, MIB } from "./load.ts";
import { costLine, type MemoryCost, startMeasuredHub } from "./measured-hub.ts";
import { uploadBesideSlowReader, uploadPacks } from "./uploads.ts";

// design.md section 11: resident memory is at most so much above that of the idle hub.
const MOST_ABOVE_IDLE_BYTES = 64 * MIB;
// OpenSSL's and nghttp2's state of one connection is some 66 KiB (measured), as with any server; it grows with nothing but their number.
const MOST_PER_TLS_CONNECTION_BYTES = 96 * 1024;
// What the page cache and the kernel's buffers of sockets need to make way for each other.
const KERNEL_BYTES = 64 * MIB;

// `npm run memory` is the whole of it; `npm test` takes less of the same.
const isFull = process.env["HOLDFAST_TEST_MEMORY"] === "full";
const SIZES = isFull
  ? { uploads: 8 * GIB, upload: 20 * GIB, listed: 1_000_000, listPauseMs: 10 }
  : { uploads: GIB, upload: GIB, listed: 50_000, listPauseMs: 20 };

// What spec/restic-rest.md allows for five listings of 200,000 packs; of fewer they stay below what everything else may take.
const MOST_FOR_LISTINGS_BYTES = isFull ? 200_000_000 : MOST_ABOVE_IDLE_BYTES;

const skip = withoutProc();
const skipSecure = skip || withoutOpenssl();

test("uploads of 16 MiB on five connections, one after another, take no more than 64 MiB", { skip }, async (t) => {
  await using measured = await startMeasuredHub();
  const load = { connections: 5, packBytes: 16 * MIB, totalBytes: SIZES.uploads };
  requireFlat(t, await measured.measure(() => uploadPacks(measured.target, load)));
});

test("an upload of any size beside a slow reader takes no more than 64 MiB", { skip }, async (t) => {
  await using measured = await startMeasuredHub({ limits: { packBytes: SIZES.upload } });
  requireFlat(t, await measured.measure(() => uploadBesideSlowReader(measured.target, { sizeBytes: SIZES.upload })));
});

test("uploads run in a memory cgroup that has room for 64 MiB above the idle hub, and the kernel's share", { skip }, async (t) => {
  const cgroup = openMemoryCgroup("uploads", MOST_ABOVE_IDLE_BYTES + KERNEL_BYTES);
  if (typeof cgroup === "string") return t.skip(cgroup);
  await using _ = cgroup;
  await using measured = await startMeasuredHub();
  cgroup.add(processTree(measured.hub.pid));
  await uploadPacks(measured.target, { connections: 5, packBytes: 16 * MIB, totalBytes: SIZES.uploads });
  await breakUploads(measured.target, { count: 200 });
  t.diagnostic(`at most ${(cgroup.peakBytes() / MIB).toFixed(0)} MiB with the page cache`);
  assert.equal(cgroup.kills(), 0);
});

test("a thousand idle connections take no more than 64 MiB, and leave none of it open", { skip }, async (t) => {
  await using measured = await startMeasuredHub();
  requireFlat(t, await measured.measure(() => holdAndLeave(measured.target, 1000)));
});

test("a thousand idle TLS connections, most of them HTTP/2, take what their own state takes", { skip: skipSecure }, async (t) => {
  await using measured = await startMeasuredHub({ secure: true });
  const cost = await measured.measure(() => holdAndLeave(measured.target, 1000));
  requireFlat(t, cost, 1000 * MOST_PER_TLS_CONNECTION_BYTES);
  // As many again reuse what those have left: it does not add up.
  const again = await measured.measure(() => holdAndLeave(measured.target, 1000));
  requireFlat(t, again);
});

test("five hundred broken uploads, at every moment of one, take no more than 64 MiB and leave nothing open or lying about", {
  skip,
}, async (t) => {
  await using measured = await startMeasuredHub();
  requireFlat(t, await measured.measure(() => breakUploads(measured.target, { count: 500 })));
  const announced = await measured.measure(() => uploadPacks(measured.target, { connections: 1, packBytes: MIB, totalBytes: MIB }));
  requireFlat(t, announced); // and it still takes uploads
});

test("HB-5: listings for five slow readers at once stay within their bound", { skip }, async (t) => {
  await using measured = await startMeasuredHub();
  putEmptyPacks(measured.target, { count: SIZES.listed });
  const load = { readers: 5, pauseMs: SIZES.listPauseMs, count: SIZES.listed + 1 };
  requireFlat(t, await measured.measure(() => listSlowly(measured.target, load)), MOST_FOR_LISTINGS_BYTES);
});

test("a hundred and twenty HTTP/2 streams that nobody reads take no more than 64 MiB", { skip: skipSecure }, async (t) => {
  await using measured = await startMeasuredHub({ secure: true });
  const load = { sessions: 2, streams: 60, heldMs: 2000 };
  requireFlat(t, await measured.measure(() => readNothingOverHttp2(measured.target, load)));
});

async function holdAndLeave(target: Parameters<typeof holdIdleConnections>[0], count: number): Promise<void> {
  await using _ = await holdIdleConnections(target, { count });
}

function requireFlat(t: TestContext, cost: MemoryCost, mostBytes = MOST_ABOVE_IDLE_BYTES): void {
  t.diagnostic(costLine(cost));
  assert.deepEqual([cost.descriptors, cost.temps], [[], []]);
  assert.ok(cost.peakBytes - cost.idleBytes <= mostBytes, costLine(cost));
}
