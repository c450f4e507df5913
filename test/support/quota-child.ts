import { createHash, randomBytes, randomInt } from "node:crypto";
import { loadConfig } from "#config.ts";
import { OpenRepository } from "#domain/repositories/open-repository.ts";
import { saveObject } from "#domain/repositories/save-object.ts";
import { openCore } from "#hub.ts";
import { openLog } from "#lib/log.ts";
import { OPERATOR } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";
import { parseObjectId, parseRepositoryPath } from "#model/repository.ts";

// A process of its own for test/quotas.slow.test.ts: `quota-child.ts <flags as JSON> <name of a repository>`. Fills it with packs of any size,
// several at once, until nothing fits any more. Prints how much it has stored. That what a killed process left is not counted yet is a refusal too.
const WORKERS = 4;
const REFUSALS = 5;
const LARGEST = 40_000;

const [flagsText = "", name = ""] = process.argv.slice(2);
const flags = JSON.parse(flagsText) as Record<string, string>; // the test wrote it
const config = loadConfig({ flags, environment: {}, workingDirectory: flags["data"] ?? "" });
await using core = await openCore(config, openLog({ level: "error", format: "text" }));
const path = parseRepositoryPath([name]);
if (path === undefined) throw new Error("no such name");
const repository = OpenRepository.forOperator(path, OPERATOR);
const signal = AbortSignal.timeout(60_000);
let storedBytes = 0;

async function fill(): Promise<void> {
  for (let refusals = 0; refusals < REFUSALS; ) {
    const bytes = randomBytes(randomInt(1, Math.floor(LARGEST / (1 + refusals))));
    const id = parseObjectId(createHash("sha256").update(bytes).digest("hex"));
    if (id === undefined) throw new Error("no digest");
    const body = Object.assign(piecesOf(bytes), { lengthBytes: bytes.length % 2 === 0 ? bytes.length : undefined });
    try {
      await saveObject(core, repository, { type: "data", id }, body, signal);
      storedBytes += bytes.length;
    } catch (error) {
      if (!(error instanceof HubError && (error.code === "quota_exceeded" || error.code === "unavailable"))) throw error;
      refusals += 1;
    }
  }
}

async function* piecesOf(bytes: Buffer): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += 5000) yield bytes.subarray(at, at + 5000);
}

await Promise.all(Array.from({ length: WORKERS }, fill));
process.stdout.write(`${storedBytes}\n`);
