import assert from "node:assert/strict";
import { changesBetween, type State } from "../support/database-state.ts";
import { Asker, type Told } from "./exchange.ts";
import type { TenantRequest } from "./requests.ts";
import { TELLTALES, type TwoHubs } from "./two-hubs.ts";
import type { Visitor } from "./visitors.ts";

const WRITES: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH", "DELETE"]);
// The timeline is written a moment after the fact: a difference that is none is gone when asked again.
const TRIES = 4;
const PAUSE_MS = 150;

/** Asks both hubs the same and holds the replies against each other; counts what it has seen. */
export class Inspection implements Disposable {
  readonly #hubs: TwoHubs;
  readonly #both: Asker;
  readonly #alone: Asker;
  /** By status, how often. */
  readonly seen = new Map<number, number>();

  constructor(hubs: TwoHubs) {
    this.#hubs = hubs;
    this.#both = new Asker(hubs.both);
    this.#alone = new Asker(hubs.alone);
  }

  /**
   * Sends every request as that visitor, and fails when a reply tells the hubs apart, has a word of the other tenant's in it, is a 5xx or a
   * redirect, or when anything has changed. The replies, in their order.
   */
  async inspect(index: number, requests: readonly TenantRequest[]): Promise<readonly Told[]> {
    const before = this.#rows();
    const replies: Told[] = [];
    for (const request of requests) replies.push(await this.#inspectOne(index, request));
    const sent = requests.map(({ method, target }) => `${method} ${target}`).join(", ");
    assertSame(before, this.#rows(), `${this.visitor(index).name} has changed something with one of: ${sent.slice(0, 2000)}`);
    return replies;
  }

  /** The visitor of that number; the same one on both hubs. */
  visitor(index: number): Visitor {
    const visitor = this.#hubs.both.visitors[index];
    assert.ok(visitor !== undefined);
    return visitor;
  }

  async #inspectOne(index: number, request: TenantRequest): Promise<Told> {
    const what = `${this.visitor(index).name}: ${request.method} ${request.target.slice(0, 300)} ${request.body?.subarray(0, 300) ?? ""}`;
    let [told, untold] = await this.#ask(index, request);
    // What the visitors themselves have done stands in it, in an order and with counts that depend on when it was written.
    const compared = ({ text }: Told) => (isTimeline(request) ? text.split("\n{")[0] : text);
    for (let tries = 1; compared(told) !== compared(untold) && tries < TRIES && !WRITES.has(request.method); tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      [told, untold] = await this.#ask(index, request);
    }
    this.seen.set(told.status, (this.seen.get(told.status) ?? 0) + 1);
    assert.equal(compared(told), compared(untold), `${what}\ntells whether the other tenant is there`);
    const asked = [request.target, decoded(request.target), request.body?.toString() ?? ""].join(" ").toLowerCase();
    // Where a visitor was refused stands in its own timeline, in its own words.
    const words = isTimeline(request) ? TELLTALES.filter((word) => !word.startsWith("/")) : TELLTALES;
    for (const word of words) {
      const isTold = told.whole.toLowerCase().includes(word.toLowerCase()) && !asked.includes(word.toLowerCase());
      assert.ok(!isTold, `${what}\ntells "${word}" of the other tenant: ${told.whole}`);
    }
    assert.ok(told.status < 300 || (told.status >= 400 && told.status < 500) || told.status === 501, `${what}\nis ${told.status}`);
    return told;
  }

  async #ask(index: number, request: TenantRequest): Promise<[Told, Told]> {
    const [one, other] = [this.#hubs.both, this.#hubs.alone].map(({ visitors }) => visitors[index]?.headers ?? {});
    return await Promise.all([this.#both.ask(request, one ?? {}), this.#alone.ask(request, other ?? {})]);
  }

  /** One request to the hub on which both live. */
  async askThere(index: number, request: TenantRequest): Promise<Told> {
    return await this.#both.ask(request, this.visitor(index).headers);
  }

  /** Fails when `inspected` has left anything else on a disk than there was. */
  async leavesFiles(what: string, inspected: () => Promise<void>): Promise<void> {
    const files = () => [this.#hubs.both.files(), this.#hubs.alone.files()];
    const before = files();
    await inspected();
    assertSame(before, files(), `${what} has changed something on the disk`);
  }

  #rows(): readonly State[] {
    return [this.#hubs.both.rows(), this.#hubs.alone.rows()];
  }

  [Symbol.dispose](): void {
    this.#both[Symbol.dispose]();
    this.#alone[Symbol.dispose]();
  }
}

/** Whether it asks for what has happened, where a visitor finds its own refusals, with the names that it asked for. */
export function isTimeline({ target, method }: TenantRequest): boolean {
  return method === "GET" && /^\/api\/v1\/(operations|events)(\?|$)/.test(target);
}

function assertSame(before: readonly State[], after: readonly State[], message: string): void {
  const changed = after.flatMap((state, place) => changesBetween(before[place] ?? {}, state));
  assert.deepEqual(changed, [], message);
}

function decoded(target: string): string {
  try {
    return decodeURIComponent(target);
  } catch {
    return target;
  }
}
