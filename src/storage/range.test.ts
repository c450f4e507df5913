import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { HubError } from "#model/hub-error.ts";
import { resolveRange } from "./range.ts";

test("a resolved range lies inside the file and has at least a byte, or the whole file has none", () => {
  const position = fc.oneof(fc.nat({ max: 100 }), fc.maxSafeNat());
  const range = fc.oneof(
    fc.record({ first: position, last: fc.option(position, { nil: undefined }) }),
    fc.record({ suffix: position }),
    fc.constant(undefined),
  );
  fc.assert(
    fc.property(range, fc.nat({ max: 100 }), (wanted, sizeBytes) => {
      try {
        const { start, end } = resolveRange(wanted, sizeBytes);
        assert.ok(start >= 0 && end <= sizeBytes && (start < end || sizeBytes === 0), `[${start}, ${end}) of ${sizeBytes}`);
        if (wanted !== undefined && "first" in wanted && sizeBytes > 0) assert.equal(start, wanted.first);
      } catch (error) {
        assert.ok(error instanceof HubError && error.code === "range_unsatisfiable" && error.sizeBytes === sizeBytes);
        assert.ok(wanted !== undefined && sizeBytes > 0);
      }
    }),
  );
});
