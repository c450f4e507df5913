import { test } from "node:test";
import { WRITING_MODES } from "#storage/memory/writing-modes.ts";
import { assertFaultsAreHarmless } from "./fault-table.ts";
import { FAULT_VERBS } from "./fault-verbs.ts";

const MODES = Object.keys(WRITING_MODES) as (keyof typeof WRITING_MODES)[]; // its own keys

for (const [name, verb] of Object.entries(FAULT_VERBS)) {
  for (const writing of name.startsWith("POST of a") ? MODES : (["chunks written at once"] as const)) {
    test(`${name}, ${writing}: whichever step fails, the answer is right, nothing is lost or left, and asking again works at once`, async () => {
      await assertFaultsAreHarmless(verb, { waysPerStep: 1, writing });
    });
  }
}
