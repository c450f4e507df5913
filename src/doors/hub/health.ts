import { setTimeout as sleep } from "node:timers/promises";
import type { Core } from "#domain/core.ts";
import type { Door, Exchange } from "#http/exchange.ts";

const CHECK_LASTS_MS = 5000; // anyone may ask, so asking must not cost a write to the disk each time

/** `/healthz`: the process answers. Never looks at anything else, so a full disk restarts no container. */
export function healthDoor(): Door {
  return async (exchange) => await answerGet(exchange, async () => ({ status: 204 }));
}

/** `/readyz`: the storage takes a file, and the database answers and takes a change; 503 says which of them does not. */
export function readinessDoor(core: Core): Door {
  let lastCheck: { readonly atMs: number; readonly problem: Promise<string | undefined> } | undefined;
  const checks = [
    new BoundedCheck("The storage does not answer", () => checkStorage(core)),
    new BoundedCheck("The database does not answer", () => checkDatabase(core)),
  ];
  const findProblem = async () => {
    const problems = await Promise.all(checks.map((check) => check.problem()));
    return problems.find((problem) => problem !== undefined);
  };
  return async (exchange) =>
    await answerGet(exchange, async () => {
      if (lastCheck === undefined || performance.now() - lastCheck.atMs > CHECK_LASTS_MS) {
        lastCheck = { atMs: performance.now(), problem: findProblem() };
      }
      const problem = await lastCheck.problem;
      return problem === undefined ? { status: 204 } : { status: 503, body: `${problem}\n` };
    });
}

/** A look that may hang as what it looks at does. Never two at once: each that hangs would keep a thread that others need. */
class BoundedCheck {
  readonly #silence: string;
  readonly #look: () => Promise<string | undefined>;
  #underWay: Promise<string | undefined> | undefined;

  /** `silence` is the problem of one that does not answer; `look` resolves to any other, and never rejects. */
  constructor(silence: string, look: () => Promise<string | undefined>) {
    this.#silence = silence;
    this.#look = look;
  }

  async problem(): Promise<string | undefined> {
    this.#underWay ??= this.#look().finally(() => {
      this.#underWay = undefined;
    });
    const patience = new AbortController();
    const silent = sleep(CHECK_LASTS_MS, this.#silence, { signal: patience.signal }).catch(() => this.#silence);
    try {
      return await Promise.race([this.#underWay, silent]);
    } finally {
      patience.abort();
    }
  }
}

/** What is wrong, without a word about where or whose: whoever asks has not signed in. */
async function checkStorage({ storage, log }: Core): Promise<string | undefined> {
  try {
    const { writable, problem } = await storage.check(new AbortController().signal);
    if (writable) return undefined;
    log.error("the storage cannot be written", { error: problem });
    return "The storage cannot be written";
  } catch (error) {
    log.error("storage check failed", { error });
    return "The storage does not answer";
  }
}

async function checkDatabase({ database, quotas, log }: Core): Promise<string | undefined> {
  try {
    await database.list("listRepositories", { after: undefined, limit: 1 });
  } catch (error) {
    log.error("database check failed", { error });
    return "The database does not answer";
  }
  try {
    await database.write("beatQuotaProcess", { process: quotas.process });
  } catch (error) {
    log.error("database check failed", { error });
    return "The database takes no changes";
  }
  return undefined;
}

async function answerGet(exchange: Exchange, answer: () => Promise<{ status: number; body?: string }>): Promise<void> {
  const headers = { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" };
  if (exchange.target.segments.length > 0) return await exchange.reply(404, "Not Found\n", { headers });
  if (exchange.method !== "GET" && exchange.method !== "HEAD") {
    return await exchange.reply(405, "Method Not Allowed\n", { headers: { ...headers, Allow: "GET, HEAD" } });
  }
  const { status, body } = await answer();
  await exchange.reply(status, body ?? "", { headers: body === undefined ? { "Cache-Control": "no-store" } : headers });
}
