import { Client } from "pg";
import type { Limits } from "#limits.ts";
import { clientConfig } from "./client-config.ts";

const FRESH_MS = 1000;

/**
 * Knows `access_version`, at most 1 s late. A connection that listens tells at once that it has changed; that it may be dead without
 * a sign is why the row is read each second all the same, though only when somebody asks.
 */
export class AccessWatch {
  readonly #url: string;
  readonly #limits: Limits;
  readonly #read: () => Promise<number>;
  #version = 0;
  /** When the last reading began; what was committed before is in it. */
  #readAtMs = Number.NEGATIVE_INFINITY;
  #reading: Promise<number> | undefined;
  #listener: Client | undefined;
  #connecting: Promise<void> | undefined;
  #closed = false;

  constructor(url: string, limits: Limits, read: () => Promise<number>) {
    this.#url = url;
    this.#limits = limits;
    this.#read = read;
  }

  /** The version: at once while the last reading is fresh. */
  current(): number | Promise<number> {
    if (performance.now() - this.#readAtMs < FRESH_MS) return this.#version;
    this.#reading ??= this.#readNow();
    return this.#reading;
  }

  /** What was read so far, and what is being read, may be older than now. */
  expire(): void {
    this.#readAtMs = Number.NEGATIVE_INFINITY;
    this.#reading = undefined;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#drop(this.#listener);
    await this.#connecting;
  }

  #readNow(): Promise<number> {
    this.#connecting ??= this.#listen();
    const startedAtMs = performance.now();
    const reading: Promise<number> = this.#read()
      .then((version) => {
        this.#version = Math.max(this.#version, version);
        if (this.#reading === reading) this.#readAtMs = startedAtMs;
        return this.#version;
      })
      .finally(() => {
        if (this.#reading === reading) this.#reading = undefined;
      });
    return reading;
  }

  /** Never rejects: without a listener the version is up to a second late, and the next reading tries again. */
  async #listen(): Promise<void> {
    const listener = new Client(clientConfig(this.#url, this.#limits));
    this.#listener = listener;
    listener.on("error", () => this.#drop(listener));
    listener.on("end", () => this.#drop(listener));
    listener.on("notification", () => this.expire());
    try {
      await listener.connect();
      await listener.query("listen holdfast_access_version");
      this.expire(); // what was committed between the last reading and now went unheard
      (listener as Client & { unref(): void }).unref(); // pg has it, its types do not
    } catch {
      this.#drop(listener);
    }
  }

  /** Not `end()`, which waits for the server's farewell: there is nothing under way on this connection. */
  #drop(listener: Client | undefined): void {
    listener?.connection.stream.destroy();
    if (this.#listener !== listener) return;
    this.#listener = undefined;
    if (!this.#closed) this.#connecting = undefined;
  }
}
