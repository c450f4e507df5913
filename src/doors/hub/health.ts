import type { Core } from "#domain/core.ts";
import type { Door, Exchange } from "#http/exchange.ts";

const CHECK_LASTS_MS = 5000; // anyone may ask, so asking must not cost a write to the disk each time

/** `/healthz`: the process answers. Never looks at anything else, so a full disk restarts no container. */
export function healthDoor(): Door {
  return async (exchange) => await answerGet(exchange, async () => ({ status: 204 }));
}

/** `/readyz`: the storage takes a file and the database answers; 503 says which of them does not. */
export function readinessDoor(core: Core): Door {
  let lastCheck: { readonly atMs: number; readonly problem: Promise<string | undefined> } | undefined;
  return async (exchange) =>
    await answerGet(exchange, async () => {
      if (lastCheck === undefined || performance.now() - lastCheck.atMs > CHECK_LASTS_MS) {
        lastCheck = { atMs: performance.now(), problem: findProblem(core) };
      }
      const problem = await lastCheck.problem;
      return problem === undefined ? { status: 204 } : { status: 503, body: `${problem}\n` };
    });
}

/** What is wrong, without a word about where or whose: whoever asks has not signed in. */
async function findProblem(core: Core): Promise<string | undefined> {
  const signal = AbortSignal.timeout(CHECK_LASTS_MS);
  try {
    if (!(await core.storage.check(signal)).writable) return "The storage cannot be written";
  } catch (error) {
    core.log.error("storage check failed", { error });
    return "The storage does not answer";
  }
  try {
    await core.database.list("listRepositories", { after: undefined, limit: 1 });
  } catch (error) {
    core.log.error("database check failed", { error });
    return "The database does not answer";
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
