import assert from "node:assert/strict";
import { test } from "node:test";
import { filePath } from "../file-path.ts";
import { MemoryDisk } from "../memory/memory-disk.ts";
import { openStoredFile } from "./open-stored-file.ts";
import { ReadBuffers } from "./read-buffers.ts";

const FULL = 1024;
const PATH = filePath("a");
const SIGNAL = AbortSignal.any([]);

test("however a read of a file ends, its buffer counts as lent no longer", async () => {
  const disk = new MemoryDisk({ capacityBytes: 10_000, clock: Date.now });
  const buffers = new ReadBuffers(FULL);
  const file = await disk.createFile(PATH, 0o600);
  await disk.write(file, Buffer.alloc(4 * FULL), 0);
  await disk.close(file);
  for (const call of ["close", "read", "none"]) {
    disk.inject((step) =>
      step.call === call ? { kind: "fail-before", error: Object.assign(new Error("EIO"), { code: "EIO" }) } : undefined,
    );
    for (const bytes of [FULL, 4 * FULL]) {
      for (let times = 0; times < 40; times += 1) {
        const read = async () => {
          await using opened = await openStoredFile({ disk, buffers }, PATH, { range: { first: 0, last: bytes - 1 } }, SIGNAL);
          for await (const _ of opened.body);
        };
        if (call === "none") await read();
        else await assert.rejects(read());
      }
    }
  }
  const lent = Array.from({ length: 33 }, () => buffers.lend(FULL).bytes.length);
  assert.deepEqual(lent, [...Array(32).fill(FULL), FULL / 8]);
});
