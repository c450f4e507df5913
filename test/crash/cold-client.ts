import { join } from "node:path";
import { runProgram, testEnvironment } from "../clients/run-program.ts";
import type { CrashHub } from "./crash-hub.ts";
import type { CrashPlace } from "./crash-place.ts";
import { between, bytesOf } from "./object-bytes.ts";
import { RawClient, sha256Of } from "./raw-client.ts";

const COMMAND_MS = 60_000;

/** How the command ended. */
export type ColdEnd = "done" | "failed" | "killed" | "not begun";

/**
 * One client alone at a repository: stores some packs, removes some, and has the command line bring all back. Aborting kills the command as
 * a power cut would.
 */
export async function runColdClient(place: CrashPlace, hub: CrashHub, { tree, random, signal }: ColdOptions): Promise<ColdEnd> {
  const { ledger, cold } = place;
  const client = new RawClient(hub.url.restic);
  const { credentials, repository } = cold;
  try {
    for (let times = between(random, 1, 4); times > 0; times -= 1) {
      const bytes = bytesOf({ seed: Math.floor(random() * 2 ** 48), sizeBytes: between(random, 1, 300_000) });
      const path = `${repository}/data/${sha256Of(bytes)}`;
      const target = `/${path}`;
      const stored = await client.act(ledger.begin("post", path, { sizeBytes: bytes.length }), {
        method: "POST",
        target,
        credentials,
        body: bytes,
      });
      if (stored?.status !== 200) return "not begun";
      if (random() < 0.7) await client.act(ledger.begin("delete", path), { method: "DELETE", target, credentials });
    }
  } finally {
    client.close();
  }
  const trashed = [...ledger.all()].filter(
    ({ path, wasPresent }) => wasPresent && path.startsWith(`${repository}/data/`) && !ledger.isSurelyThere(path),
  );
  if (trashed.length === 0 || signal.aborted) return "not begun";
  const acts = trashed.map(({ path }) => ledger.begin("restore", path));
  const args = [join(tree, "cli/main.ts"), "trash", "restore", `/${repository}/data`, "--data", place.data];
  const env = testEnvironment({ HOLDFAST_CONFIG: join(place.folder, "config.yaml") });
  try {
    const { code } = await runProgram({ program: process.execPath, args, cwd: place.folder, env, timeoutMs: COMMAND_MS, signal });
    for (const act of acts) code === 0 ? act.acknowledged() : act.lost();
    return code === 0 ? "done" : "failed";
  } catch (error) {
    if (!signal.aborted) throw error;
    return "killed";
  }
}

export interface ColdOptions {
  /** The checkout whose command line it is. */
  readonly tree: string;
  readonly random: () => number;
  readonly signal: AbortSignal;
}
