import assert from "node:assert/strict";
import { test } from "node:test";
import { filePath } from "#storage/file-path.ts";
import { MemoryStorage } from "#storage/memory/memory-storage.ts";
import { putFile } from "#storage/put-file.ts";
import { startDoorHub } from "../../test/support/door-hub.ts";
import { NEW_DATABASE } from "./warn-of-trouble.ts";

const SIGNAL = new AbortController().signal;

test("a start with a new database beside stored repositories says so and what to do, and one without says nothing", async () => {
  for (const [path, isWarned] of [
    [filePath("restic", "laptop", "config"), true],
    [filePath("elsewhere", "config"), false],
  ] as const) {
    await using storage = new MemoryStorage();
    const body = (async function* () {
      yield Buffer.from("config");
    })();
    await putFile(storage, path, body, { temps: filePath("t"), publish: "absent", sizeBytes: undefined, sha256: undefined }, SIGNAL);
    await using door = await startDoorHub({ storage, flags: { "log.level": "warn", "log.format": "json" } });
    const messages = door.logLines.map((line) => (JSON.parse(line) as { message: string }).message); // our own log
    assert.equal(messages.includes(NEW_DATABASE), isWarned);
  }
});
