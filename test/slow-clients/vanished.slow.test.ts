import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { findOnPath } from "../clients/find-on-path.ts";
import { firstPack, type LoadTarget, MIB, signIn } from "../memory/load.ts";
import { postPack } from "../memory/uploads.ts";
import { sha256 } from "../support/http-request.ts";
import { leftovers } from "../support/leftovers.ts";
import { openDescriptors, withoutProc } from "../support/process-tree.ts";
import { openWire, requestHead } from "../support/wire-client.ts";
import { startWatchedHub, type WatchedHub } from "./watched-hub.ts";

const skip = withoutProc();
const PROGRAM = join(import.meta.dirname, "vanishing-client.ts");
const PACK = Buffer.alloc(24 * MIB, 2); // more than the sockets of both ends hold
const PACK_ID = sha256(PACK);

test("a client that is stopped in the middle of uploads and downloads is cut, though it never hangs up", { skip }, async () => {
  await using watched = await startWatchedHub();
  await storePack(watched);
  await using client = await startClient({ command: process.execPath, args: [PROGRAM], host: "127.0.0.1", watched });
  client.process.kill("SIGSTOP");
  await requireBegun(watched);
  await requireGivenUp(watched);
  await watched.requireGoodAnswer();
  await client[Symbol.asyncDispose]();
  await watched.requireWhole();
});

test("connections to a machine that has vanished, which are half open for good, are let go", {
  skip: skip || withoutNetworks(),
}, async () => {
  using network = openNetwork();
  await using watched = await startWatchedHub({ flags: { "listen.restic": "0.0.0.0:0", "clearText.restic": "true" } });
  await storePack(watched);
  const args = ["netns", "exec", network.name, process.execPath, PROGRAM];
  await using client = await startClient({ command: "ip", args, host: network.hubAddress, watched });
  await requireBegun(watched);
  const open = sockets();
  network.cut();
  client.process.kill("SIGKILL"); // no end and no reset of its connections gets through
  await requireGivenUp(watched);
  await watched.requireGoodAnswer();
  for (let tries = 0; sockets() > open - 3 && tries < 600; tries += 1) await sleep(25); // the idle one, too
  assert.ok(sockets() <= open - 3, `${open} sockets before, ${sockets()} after`);
  await watched.requireWhole();
});

interface VanishingClient extends AsyncDisposable {
  readonly process: ChildProcess;
}

/** Starts it with an upload and a download under way and an idle connection, and waits until the hub has taken what it sends at first. */
async function startClient({
  command,
  args,
  host,
  watched: { target },
}: {
  readonly command: string;
  readonly args: readonly string[];
  readonly host: string;
  readonly watched: WatchedHub;
}): Promise<VanishingClient> {
  const port = Number(new URL(target.url).port);
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const heads = [
    {
      head: requestHead("POST", `/laptop/data/${"0".repeat(64)}`, { ...sign(target, host), "Content-Length": 8 * MIB }),
      bodyBytes: 3 * MIB,
    },
    { head: requestHead("GET", `/laptop/data/${PACK_ID}`, sign(target, host)), bodyBytes: 0 },
    { head: requestHead("GET", firstPack(target), sign(target, host)), bodyBytes: 0 },
  ];
  child.stdin.end(JSON.stringify({ host, port, connections: heads }));
  await once(createInterface({ input: child.stdout }), "line");
  return {
    process: child,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

function sign(target: LoadTarget, host: string): Record<string, string> {
  return { ...signIn(target), Host: `${host}:${new URL(target.url).port}` };
}

async function storePack({ target }: WatchedHub): Promise<void> {
  using client = await openWire(target.url);
  assert.equal(await postPack(client, target, PACK), 200);
}

function openPacks(): number {
  return openDescriptors([process.pid]).filter((path) => path.endsWith(PACK_ID)).length;
}

function sockets(): number {
  return openDescriptors([process.pid]).filter((name) => name === "socket").length;
}

async function requireBegun({ door }: WatchedHub): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1, await sleep(10)) if (openPacks() === 1 && leftovers(door).length === 1) return;
  throw new Error("the upload and the download have not begun");
}

async function requireGivenUp({ door }: WatchedHub): Promise<void> {
  for (let tries = 0; tries < 2000; tries += 1, await sleep(10)) if (openPacks() === 0 && leftovers(door).length === 0) return;
  throw new Error("the upload and the download are still there");
}

/** A network of its own on this machine, with one address for the hub and one for a client. */
interface OwnNetwork extends Disposable {
  readonly name: string;
  readonly hubAddress: string;
  /** From now on nothing gets from one side to the other. */
  cut(): void;
}

function withoutNetworks(): string | false {
  if (process.getuid?.() !== 0 || findOnPath("ip") === undefined) return "to cut a network takes root and the program ip";
  try {
    openNetwork()[Symbol.dispose]();
    return false;
  } catch (error) {
    return `a network of its own cannot be made here: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`;
  }
}

function openNetwork(): OwnNetwork {
  const name = `hft${process.pid}`;
  const number = process.pid % 16_000; // of a /30 in 10.213.0.0/16, so that two runs at once do not meet
  const address = (last: number) => `10.213.${number >> 6}.${(number % 64) * 4 + last}`;
  const ip = (...args: readonly string[]) => void execFileSync("ip", args, { stdio: ["ignore", "ignore", "pipe"] });
  using undo = new DisposableStack();
  ip("netns", "add", name);
  undo.defer(() => ip("netns", "del", name)); // and with it both ends of the link
  ip("link", "add", `${name}a`, "type", "veth", "peer", "name", `${name}b`, "netns", name);
  ip("addr", "add", `${address(1)}/30`, "dev", `${name}a`);
  ip("link", "set", `${name}a`, "up");
  ip("-n", name, "addr", "add", `${address(2)}/30`, "dev", `${name}b`);
  ip("-n", name, "link", "set", `${name}b`, "up");
  const owned = undo.move();
  return {
    name,
    hubAddress: address(1),
    cut: () => ip("-n", name, "link", "set", `${name}b`, "down"),
    [Symbol.dispose]: () => owned.dispose(),
  };
}
