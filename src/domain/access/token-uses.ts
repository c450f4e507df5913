import { RecentMap } from "#lib/recent-map.ts";
import type { ApiToken } from "#model/api-token.ts";
import type { Core } from "../core.ts";

const ENTRIES = 10_000;

/** Notes when API tokens were last used, each once in `tokenUseMs` and never on the way of an answer. */
export class TokenUses {
  readonly #core: Core;
  readonly #notedAtMs = new RecentMap<number, number>(ENTRIES);

  constructor(core: Core) {
    this.#core = core;
  }

  /** Returns at once and never throws. */
  note({ id, lastUsedAtMs }: ApiToken): void {
    const { clock, limits, database, log } = this.#core;
    const nowMs = clock();
    const sinceMs = nowMs - (this.#notedAtMs.get(id) ?? lastUsedAtMs ?? Number.NEGATIVE_INFINITY);
    if (sinceMs >= 0 && sinceMs < limits.tokenUseMs) return; // a clock that was set back starts anew
    this.#notedAtMs.set(id, nowMs);
    database.write("touchApiToken", { id, nowMs }).catch((error: unknown) => log.warn("use of a token not noted", { error }));
  }
}
