import type { SelfSigned } from "../../test/support/self-signed.ts";
import { type ServeToFileOptions, serveToFile } from "./serve-to-file.ts";

/** A server of restic repositories that is measured. Leaving its scope stops it; its folder stays. */
export interface BenchServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` or `https://...`; another one after a restart. */
  readonly origin: string;
  readonly pid: number;
  readonly login: string;
  readonly password: string;
  /** The longest that an event loop of it stood still since this was last asked, in ms; undefined when that is not watched. */
  longestStandstillMs?(): number;
  /** The folder in which it keeps the repository `/bench/`. */
  readonly repositories: string;
  restart(): Promise<void>;
}

/** One column of the table. */
export interface ServerKind {
  readonly id: string;
  readonly title: string;
  /** Whether it is ours, and in how many processes; the others are peers. */
  readonly hub?: "one process" | "several processes";
  readonly http2: boolean;
  /** Starts it over an empty folder of its own, with TLS when a certificate is given. */
  start(options: StartOptions): Promise<BenchServer>;
  version(): Promise<string>;
}

export interface StartOptions {
  readonly folder: string;
  readonly tls?: SelfSigned | undefined;
  /** Whether it is to be told how long its event loops stand still, where that can be. */
  readonly watchLoops?: boolean | undefined;
}

/** The one account of every server. */
export const LOGIN = "bench";

export interface OpenServerOptions {
  readonly serve: ServeToFileOptions;
  readonly repositories: string;
  readonly longestStandstillMs?: (() => number) | undefined;
  /** Asked once the server runs. */
  readonly password: () => Promise<string>;
}

/** Starts a server that says its origin when it is ready. */
export async function openServer({ serve, repositories, longestStandstillMs, password }: OpenServerOptions): Promise<BenchServer> {
  let running = await serveToFile(serve);
  try {
    const secret = await password();
    return {
      get origin() {
        return running.ready;
      },
      get pid() {
        return running.pid;
      },
      login: LOGIN,
      password: secret,
      repositories,
      ...(longestStandstillMs && { longestStandstillMs }),
      restart: async () => {
        await running.stop();
        running = await serveToFile(serve);
      },
      [Symbol.asyncDispose]: () => running.stop(),
    };
  } catch (error) {
    await running.stop();
    throw error;
  }
}
