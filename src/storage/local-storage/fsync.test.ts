import assert from "node:assert/strict";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mock, test } from "node:test";
import { DEFAULT_LIMITS } from "#limits.ts";
import { filePath } from "../file-path.ts";

// What is synced, by the path behind each descriptor. Set up before the storage is loaded, which keeps the function it finds.
const synced: string[] = [];
const realFsync = fs.fsync;
mock.method(fs, "fsync", (descriptor: number, done: (error: Error | null) => void) => {
  synced.push(fs.readlinkSync(`/proc/self/fd/${descriptor}`));
  realFsync(descriptor, done);
});
syncBuiltinESMExports();
const { LocalStorage } = await import("./local-storage.ts");

const SIGNAL = new AbortController().signal;
const skip = process.platform !== "linux" && "only Linux tells which file a descriptor is";

/** Paths that `work` has synced, below the root; what lies in `.hub-tmp` as `temp`. */
async function syncsOf(root: string, work: () => Promise<unknown>): Promise<string[]> {
  synced.length = 0;
  await work();
  return synced.map((path) => path.slice(root.length + 1).replace(/\.hub-tmp\/.*/, "temp"));
}

test("an upload on a real disk syncs its bytes, its folder, and each new folder's name, before it is acknowledged", { skip }, async () => {
  const root = fs.mkdtempSync(join(tmpdir(), "fsync-"));
  try {
    await using storage = await LocalStorage.open({ root, limits: DEFAULT_LIMITS, warn: assert.fail });
    const upload = async (name: string) => {
      const options = { temps: filePath("r", ".hub-tmp"), publish: "absent" } as const;
      await using upload = await storage.begin(filePath("r", "keys", name), options, SIGNAL);
      await upload.write(Buffer.from(name));
      await upload.commit();
    };
    const first = await syncsOf(root, () => upload("one"));
    assert.equal(first[0], "r/temp");
    assert.deepEqual([...new Set(first)].sort(), ["", "r", "r/keys", "r/temp"]);
    assert.deepEqual((await syncsOf(root, () => upload("two"))).sort(), ["r/keys", "r/temp"]);
    assert.deepEqual(await syncsOf(root, () => storage.erase(filePath("r", "keys", "one"), SIGNAL)), ["r/keys"]);
    assert.deepEqual((await syncsOf(root, () => storage.settle(filePath("r", "keys", "two"), SIGNAL))).sort(), ["r/keys", "r/keys/two"]);
  } finally {
    fs.rmSync(root, { recursive: true });
  }
});
