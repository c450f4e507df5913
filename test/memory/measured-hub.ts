import { globSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openDescriptors, peakBytes, processTree, resetPeak, residentBytes } from "../support/process-tree.ts";
import { selfSigned } from "../support/self-signed.ts";
import { type RunningHub, startHub } from "../support/start-hub.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { openWire } from "../support/wire-client.ts";
import { FIRST_PACK, type LoadTarget, MIB } from "./load.ts";
import { postPack } from "./uploads.ts";

const SETTLED_MS = 30_000;

/** What a load has cost the hub. */
export interface MemoryCost {
  readonly idleBytes: number;
  /** The most that all processes of the hub had resident while it was going on. */
  readonly peakBytes: number;
  /** ... and have when it is over and everything has been put away. */
  readonly afterBytes: number;
  /** Descriptors that were open before and are not now (-), or the other way round (+). */
  readonly descriptors: readonly string[];
  /** Temporary files below the data folder. */
  readonly temps: readonly string[];
}

/** A hub in a process of its own, with one account that has signed in and one pack stored, whose memory is looked at. */
export interface MeasuredHub extends AsyncDisposable {
  readonly hub: RunningHub;
  readonly target: LoadTarget;
  /** Runs the load and resolves to what it cost, when what it left has settled or half a minute is over. */
  measure(load: () => Promise<unknown>): Promise<MemoryCost>;
}

/** Starts it. `secure` gives its listener TLS and HTTP/2, and takes openssl. */
export async function startMeasuredHub({
  limits = {},
  secure = false,
}: {
  readonly limits?: Readonly<Record<string, number>>;
  readonly secure?: boolean;
} = {}): Promise<MeasuredHub> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await tempFolder()).path;
  const tls = secure ? { tls: { restic: { enabled: true, ...(await selfSigned(folder)) } } } : {};
  const hub = stack.use(await startHub({ config: { limits, ...tls } }));
  const { password } = await hub.addAccount("laptop");
  const url = hub.url.restic;
  const tree = join(hub.data, "files", "restic");
  const target: LoadTarget = { url, secureUrl: secure ? url : undefined, root: "", login: "laptop", password, tree };
  using client = await openWire(url);
  const status = await postPack(client, target, FIRST_PACK);
  if (status !== 200) throw new Error(`The first pack was answered with ${status}`);
  client.socket.destroy();
  await sleep(1000); // what comes after the start: sweeps, counts, notes

  const owned = stack.move();
  return { hub, target, measure: (load) => measure(hub, load), [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function measure(hub: RunningHub, load: () => Promise<unknown>): Promise<MemoryCost> {
  const idleBytes = residentBytes(hub.pid);
  const before = openDescriptors(processTree(hub.pid));
  resetPeak(hub.pid);
  await load();
  let descriptors = difference(before, openDescriptors(processTree(hub.pid)));
  let temps = tempsBelow(hub.data);
  for (const startedAtMs = performance.now(); performance.now() - startedAtMs < SETTLED_MS; await sleep(100)) {
    if (descriptors.length === 0 && temps.length === 0) break;
    descriptors = difference(before, openDescriptors(processTree(hub.pid)));
    temps = tempsBelow(hub.data);
  }
  return { idleBytes, peakBytes: peakBytes(hub.pid), afterBytes: residentBytes(hub.pid), descriptors, temps };
}

/** As one line for people. */
export function costLine({ idleBytes, peakBytes: peak, afterBytes }: MemoryCost): string {
  const mib = (bytes: number) => (bytes / MIB).toFixed(1);
  return `idle ${mib(idleBytes)} MiB, peak +${mib(peak - idleBytes)}, after +${mib(afterBytes - idleBytes)}`;
}

/** Files that uploads which did not become objects have left below `folder`. */
export function tempsBelow(folder: string): string[] {
  return globSync("**/.hub-tmp/*", { cwd: folder });
}

function difference(before: readonly string[], after: readonly string[]): string[] {
  const left = [...after];
  const gone: string[] = [];
  for (const one of before) {
    const at = left.indexOf(one);
    if (at < 0) gone.push(`- ${one}`);
    else left.splice(at, 1);
  }
  return [...gone, ...left.map((one) => `+ ${one}`)];
}
