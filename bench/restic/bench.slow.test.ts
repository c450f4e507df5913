import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { withoutRestServer } from "../../test/clients/rest-server.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { QUICK_SIZES, type Sizes } from "./context.ts";
import { deletes } from "./groups/deletes.ts";
import { downloads } from "./groups/downloads.ts";
import { listing } from "./groups/listing.ts";
import { small } from "./groups/small.ts";
import { uploads } from "./groups/uploads.ts";
import { holdfast } from "./hub-server.ts";
import { restServer } from "./peer-servers.ts";
import { runBench } from "./run.ts";
import type { ServerKind } from "./servers.ts";

const SIZES: Sizes = { ...QUICK_SIZES, loadMs: 50, packBytes: 1024 * 1024, packs: 5, smallUploads: 10, deletes: 10, listedPacks: 500 };
const TREE = join(import.meta.dirname, "../..");
const HUB = holdfast({ id: "holdfast-1", title: "Holdfast", hub: "one process", tree: TREE, args: [] });

test("the bench measures Holdfast beside rest-server, writes its report and leaves nothing behind", {
  skip: withoutRestServer(),
}, async () => {
  await using folder = await tempFolder();
  const dir = join(folder.path, "dir");
  await mkdir(dir);
  const write = join(folder.path, "results.md");
  const right = await run({ kinds: [HUB, restServer({ open: false })], groups: [small, uploads, downloads, deletes, listing], dir, write });
  const report = await readFile(write, "utf8");
  assert.equal(right, true, report);
  for (const title of ["Small objects", "Uploads", "Downloads", "Deletes", "Listing", "Memory"])
    assert.match(report, new RegExp(`^## ${title}$`, "m"));
  assert.doesNotMatch(report, /NaN|failed|left out/);
  assert.deepEqual(await readdir(dir), []);
});

test("a server that confirms what it has not stored fails, by name, and the run goes on", async () => {
  await using folder = await tempFolder();
  const write = join(folder.path, "results.md");
  const right = await run({ kinds: [HUB, liar({ stores: false })], groups: [uploads], dir: folder.path, write });
  assert.equal(right, false);
  const row = (await readFile(write, "utf8")).split("\n").find((line) => line.startsWith("| upload 4 KiB, 5"));
  const [, , ours = "", liars = ""] = row?.split("|") ?? [];
  assert.match(ours, /^ [\d,.]+\/s, CPU/);
  assert.match(liars, /^ failed: Uploaded and answered, but not on the disk/);
});

test("a server that answers with other bytes fails", async () => {
  await using folder = await tempFolder();
  const write = join(folder.path, "results.md");
  assert.equal(await run({ kinds: [liar({ stores: true })], groups: [downloads], dir: folder.path, write }), false);
  assert.match(await readFile(write, "utf8"), /failed: A body with other bytes than expected|failed: A body whose hash/);
});

test("a run that is broken off leaves nothing behind", async () => {
  await using folder = await tempFolder();
  const stopped = new AbortController();
  const say = (line: string) => line.includes("(small)") && setTimeout(() => stopped.abort(new Error("broken off")), 500);
  await assert.rejects(run({ kinds: [HUB], groups: [small], dir: folder.path, signal: stopped.signal, say }), /broken off/);
  assert.deepEqual(await readdir(folder.path), []);
});

type RunOptions = Parameters<typeof runBench>[0];

function run(options: Pick<RunOptions, "kinds" | "groups" | "dir"> & Partial<RunOptions>): Promise<boolean> {
  const { signal } = new AbortController();
  return runBench({ rounds: 1, quick: true, sizes: SIZES, versions: new Map(), remarks: [], signal, say: () => undefined, ...options });
}

/** A server in this process that confirms every upload; what it stores, it gives out with one byte changed. */
function liar({ stores }: { readonly stores: boolean }): ServerKind {
  return {
    id: "liar",
    title: "Liar",
    http2: false,
    version: () => Promise.resolve("0"),
    async start({ folder }) {
      const kept = new Map<string, Buffer>();
      const server = createServer(async (request, response) => {
        const id = request.url?.split("/").at(-1) ?? "";
        const body = Buffer.concat((await request.toArray()) as Buffer[]);
        const bytes = kept.get(id) ?? Buffer.of();
        if (request.method === "GET") return void response.writeHead(200, { "Content-Length": bytes.length }).end(bytes);
        if (stores && body.length > 0) {
          await mkdir(join(folder, "bench/data", id.slice(0, 2)), { recursive: true });
          await writeFile(join(folder, "bench/data", id.slice(0, 2), id), body);
          body[body.length - 1] = (body.at(-1) ?? 0) ^ 1;
          kept.set(id, body);
        }
        response.writeHead(200, { "Content-Length": 0 }).end();
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo; // it listens on a port
      return {
        origin: `http://127.0.0.1:${port}`,
        pid: process.pid,
        login: "bench",
        password: "bench",
        repositories: folder,
        restart: () => Promise.resolve(),
        [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve()).closeAllConnections()),
      };
    },
  };
}
