import type { OpenArchives } from "#domain/archives/open-archives.ts";
import type { OpenSession } from "#domain/archives/sessions.ts";
import type { Core } from "#domain/core.ts";
import type { Exchange } from "#http/exchange.ts";

/** A request whose sender is known and whose archives are open to that sender. */
export interface Call {
  readonly core: Core;
  readonly exchange: Exchange;
  readonly archives: OpenArchives;
  /** Under which people call this listener, with its final slash. */
  readonly publicUrl: string;
  /** The link through which it came; undefined for who has signed in. */
  readonly session?: OpenSession;
}
