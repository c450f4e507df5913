import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type ObjectSlice, SliceBuilder } from "#domain/repositories/object-slice.ts";
import { parseObjectId } from "#model/repository.ts";
import { listingBytes, listingJson } from "./listing-json.ts";

interface Listed {
  readonly name: string;
  readonly size: number;
}

function slicesOf(lists: readonly (readonly Listed[])[]): readonly ObjectSlice[] {
  return lists.map((list) => {
    const builder = new SliceBuilder(list.length);
    for (const { name, size } of list) builder.add(parseObjectId(name) ?? assert.fail(name), size);
    return builder.slice();
  });
}

async function written(version: 1 | 2, slices: readonly ObjectSlice[]): Promise<readonly Uint8Array[]> {
  const source = async function* () {
    yield* slices;
  };
  return await Array.fromAsync(listingJson(version, source()));
}

const listed = fc.record({
  name: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString("hex")),
  size: fc.oneof(
    fc.nat(200),
    fc.maxSafeNat(),
    fc.nat(16).map((power) => 10 ** power - (power % 2)),
    fc.constant(Number.MAX_SAFE_INTEGER),
  ),
});

test("1.3: a listing is the JSON of its names, or of its names and sizes, and as long as was told before it was written", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(listed, { maxLength: 12 }), { maxLength: 6 }),
      fc.constantFrom(1 as const, 2 as const),
      async (lists, version) => {
        const slices = slicesOf(lists);
        const text = Buffer.concat(await written(version, slices)).toString();
        const all = lists.flat();
        assert.equal(text, JSON.stringify(version === 1 ? all.map(({ name }) => name) : all.map(({ name, size }) => ({ name, size }))));
        assert.equal(listingBytes(version, slices), text.length);
      },
    ),
  );
});

test("1.3: a long listing comes in pieces of 64 KiB at most, and nothing is lost between them", async () => {
  const all = Array.from({ length: 5000 }, (_, index) => ({ name: index.toString(16).padStart(64, "0"), size: index * 7919 }));
  const pieces = await written(2, slicesOf([all.slice(0, 3000), [], all.slice(3000)]));
  assert.ok(pieces.length > 5);
  for (const { length } of pieces) assert.ok(length > 0 && length <= 64 * 1024, `${length}`);
  assert.equal(Buffer.concat(pieces).toString(), JSON.stringify(all));
});
