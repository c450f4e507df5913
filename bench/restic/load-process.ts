/**
 * The process that makes the load, so that the bench's own work disturbs neither the load nor the servers. It does the jobs that it is
 * sent, one after another, and ends with the bench.
 */

import { runLoad } from "../http-load.ts";
import { runHttp2Load } from "../http2-load.ts";
import type { LoadPlan } from "../load.ts";
import { listPacks } from "./list-packs.ts";
import type { Job, JobAnswer, Jobs, RequestsJob } from "./load-jobs.ts";
import { fillWithPacks, type ObjectSet, Objects, type Part, writeObjects } from "./objects.ts";

const SETS_KEPT = 4;
const kept = new Map<string, Objects>();

process.on("SIGINT", () => undefined); // Ctrl-C reaches the whole group: the bench ends this process when it is done with it
process.on("disconnect", () => process.exit(0));
process.on("message", async (job: Job) => {
  let answer: JobAnswer;
  try {
    answer = { result: await runJob(job) };
  } catch (error) {
    answer = { error: error instanceof Error ? error.message : String(error) };
  }
  process.send?.(answer);
});

async function runJob(job: Job): Promise<Jobs[keyof Jobs]["result"]> {
  if (job.kind === "requests") return await runRequests(job);
  if (job.kind === "list") {
    const untilMs = performance.now() + (job.ms ?? 0);
    const listings = [];
    do listings.push(await listPacks(job.target, job));
    while (performance.now() < untilMs);
    return { listings };
  }
  if (job.kind === "write") await writeObjects(job.folder, job.objects);
  else await fillWithPacks(job.folder, job.count);
  return null;
}

async function runRequests(job: RequestsJob): Promise<Jobs["requests"]["result"]> {
  const { target, method, connections, ms } = job;
  const objects = objectsOf(job.objects);
  const { bytes } = job.objects;
  const parts = objects.ids.map((_, index) => partOf(index, bytes, job.rangeBytes));
  const expectBody = method === "GET";
  const plan: LoadPlan = {
    host: target.host,
    port: target.port,
    ca: target.ca,
    connections,
    ms,
    expect: {
      status: job.rangeBytes === undefined ? 200 : 206,
      bodyBytes: expectBody ? (job.rangeBytes ?? bytes) : 0,
      ...(method === "HEAD" && { contentLength: bytes }),
    },
    bodies: expectBody ? objects.ids.map((_, index) => objects.expected(index, parts[index])) : undefined,
  };
  const range = (index: number) => {
    const part = parts[index];
    return part === undefined || job.rangeBytes === undefined ? undefined : `bytes=${part.start}-${part.start + part.bytes - 1}`;
  };
  const body = (index: number) => (method === "POST" ? objects.parts(index) : undefined);
  const line = (id: string, index: number) => ({
    method,
    path: `${target.repository}data/${id}`,
    range: range(index),
    body: body(index),
    bytes,
  });
  const lines = objects.ids.map(line);
  const result =
    target.protocol === "h2"
      ? await runHttp2Load({ ...plan, requests: lines.map((one) => http2Request(target, one)) })
      : await runLoad({ ...plan, requests: lines.map((one) => http1Request(target, one)) });
  return { ...result, ids: objects.ids };
}

interface Line {
  readonly method: string;
  readonly path: string;
  readonly range: string | undefined;
  readonly body: readonly Buffer[] | undefined;
  readonly bytes: number;
}

function http1Request(target: RequestsJob["target"], { method, path, range, body, bytes }: Line): Buffer | readonly Buffer[] {
  const head = [
    `${method} ${path} HTTP/1.1`,
    `Host: ${target.host}:${target.port}`,
    `Authorization: ${target.authorization}`,
    ...(range === undefined ? [] : [`Range: ${range}`]),
    ...(body === undefined ? [] : [`Content-Length: ${bytes}`, "Content-Type: application/octet-stream"]),
  ];
  const bytesOfHead = Buffer.from(`${head.join("\r\n")}\r\n\r\n`);
  if (body === undefined) return bytesOfHead;
  if (bytes <= 64 * 1024) return Buffer.concat([bytesOfHead, ...body]);
  const [first = Buffer.of(), ...rest] = body;
  return [Buffer.concat([bytesOfHead, first]), ...rest];
}

function http2Request(target: RequestsJob["target"], { method, path, range, body, bytes }: Line) {
  const headers = {
    ":method": method,
    ":path": path,
    authorization: target.authorization,
    ...(range !== undefined && { range }),
    ...(body !== undefined && { "content-length": String(bytes) }),
  };
  return body === undefined ? { headers } : { headers, body };
}

/** A range starts elsewhere in each object, at a multiple of 1 KiB. */
function partOf(index: number, bytes: number, rangeBytes: number | undefined): Part {
  if (rangeBytes === undefined) return { start: 0, bytes };
  const steps = Math.floor((bytes - rangeBytes) / 1024) + 1;
  return { start: ((index * 7 + 1) % steps) * 1024, bytes: rangeBytes };
}

/** The last few sets stay, because each server is sent the same. */
function objectsOf(set: ObjectSet): Objects {
  const key = JSON.stringify(set);
  const objects = kept.get(key) ?? new Objects(set);
  kept.set(key, objects);
  for (const old of kept.keys()) if (kept.size > SETS_KEPT) kept.delete(old);
  return objects;
}
