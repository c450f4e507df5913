import { test } from "node:test";
import { assertFaultsAreHarmless } from "./fault-table.ts";
import { FAULT_VERBS } from "./fault-verbs.ts";

for (const [name, verb] of Object.entries(FAULT_VERBS)) {
  test(`${name}: whichever step fails, the answer is right, nothing is lost or left, and asking again works at once`, async () => {
    await assertFaultsAreHarmless(verb, { waysPerStep: 1 });
  });
}
