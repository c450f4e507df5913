import assert from "node:assert/strict";
import { test } from "node:test";
import { readJson } from "./read-json.ts";

/** A body like one off the network: each chunk is emptied when the next is asked for. */
function bodyOf(text: string, chunkBytes: number) {
  const bytes = Buffer.from(text);
  return {
    lengthBytes: bytes.length,
    async *[Symbol.asyncIterator]() {
      for (let start = 0; start < bytes.length; start += chunkBytes) {
        const chunk = Uint8Array.from(bytes.subarray(start, start + chunkBytes));
        yield chunk;
        chunk.buffer.transfer(0);
      }
    },
  };
}

test("a JSON body is read whole, in however many chunks it comes", async () => {
  const value = { name: "x".repeat(30_000) };
  for (const chunkBytes of [10_000, 65_536]) assert.deepEqual(await readJson(bodyOf(JSON.stringify(value), chunkBytes), 65_536), value);
});

test("an empty body is no value, one that is too large is refused", async () => {
  assert.equal(await readJson(bodyOf("", 10), 10), undefined);
  await assert.rejects(readJson(bodyOf('"0123456789"', 5), 11), { code: "too_large" });
});
