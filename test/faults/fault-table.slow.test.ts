import { test } from "node:test";
import { assertFaultsAreHarmless } from "./fault-table.ts";
import { FAULT_VERBS } from "./fault-verbs.ts";

for (const [name, verb] of Object.entries(FAULT_VERBS)) {
  for (const writing of ["chunks gathered", "chunks written at once"] as const) {
    if (writing === "chunks gathered" && !name.startsWith("POST of a")) continue;
    test(`${name}, ${writing}: whichever step fails in whichever way, the answer is right, nothing is lost or left, and asking again works`, async () => {
      await assertFaultsAreHarmless(verb, { waysPerStep: 10, writing });
    });
  }
}
