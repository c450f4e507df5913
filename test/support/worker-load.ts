import { existsSync, readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { httpRequest, randomObject } from "./http-request.ts";
import type { RunningHub } from "./start-hub.ts";

const CLIENTS = 8;

/** What became of the requests of many clients. */
export interface LoadResult {
  readonly answered: number;
  /** Their connection broke. */
  readonly broken: number;
  /** Nothing came for 15 s. */
  readonly hung: number;
}

/** Clients that ask again and again, half of them each time over a new connection. */
export function hammer(hub: RunningHub, authorization: string): { stop(): Promise<LoadResult> } {
  let [answered, broken, hung, isOver] = [0, 0, 0, false];
  const run = async (index: number) => {
    using agent = disposable(new Agent({ keepAlive: index % 2 === 0, maxSockets: 1 }));
    while (!isOver) {
      try {
        await statusOf(`${hub.url.restic}/laptop/config`, agent, authorization);
        answered += 1;
      } catch (error) {
        if (error instanceof Error && error.message === "no reply") hung += 1;
        else broken += 1;
      }
    }
  };
  const all = Promise.all(Array.from({ length: CLIENTS }, (_, index) => run(index)));
  return {
    async stop() {
      isOver = true;
      await all;
      return { answered, broken, hung };
    },
  };
}

function disposable(agent: Agent): Agent & Disposable {
  return Object.assign(agent, { [Symbol.dispose]: () => agent.destroy() });
}

/** The status of a reply that has come whole. Throws `no reply` after 15 s. */
export async function statusOf(url: string, agent: Agent, authorization?: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const headers = authorization === undefined ? {} : { authorization };
  const outgoing = request(url, { agent, headers, timeout: 15_000 }, (incoming) => {
    incoming.resume().once("end", () => resolve(incoming.statusCode ?? 0));
    incoming.once("error", reject);
  });
  outgoing.once("timeout", () => outgoing.destroy(new Error("no reply")));
  outgoing.once("error", reject);
  outgoing.end();
  return await promise;
}

/** An upload of which the hub has half until it is told to end. */
export function slowUpload(
  hub: RunningHub,
  authorization: string,
): { readonly begun: Promise<void>; finish(): void; readonly status: Promise<number> } {
  const { id, bytes } = randomObject(100_000);
  const [begun, rest] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  async function* slow() {
    yield bytes.subarray(0, 50_000);
    begun.resolve();
    await rest.promise;
    yield bytes.subarray(50_000);
  }
  const reply = httpRequest(hub.url.restic, "POST", `/laptop/data/${id}`, { headers: { authorization }, body: slow() });
  return { begun: begun.promise.then(() => sleep(300)), finish: () => rest.resolve(), status: reply.then(({ status }) => status) };
}

/** How many lines with this message the hub has logged. */
export function logged(hub: RunningHub, message: string): number {
  return hub.logLines().filter((line) => line.includes(`"message":"${message}"`)).length;
}

/** Whether the process runs; one that has ended and that nobody has asked after does not. */
export function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
}

/** Time that a process has used, in hundredths of a second. */
export function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return Number(fields[11]) + Number(fields[12]);
}
