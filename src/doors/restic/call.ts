import type { Visitor } from "#domain/access/visitor.ts";
import type { Core } from "#domain/core.ts";
import type { OpenRepository } from "#domain/repositories/open-repository.ts";
import type { Exchange } from "#http/exchange.ts";
import type { ResticResource } from "./wire.ts";

/** A request whose sender is known and whose repository is open to that sender. */
export interface Call<Resource extends ResticResource> {
  readonly core: Core;
  readonly exchange: Exchange;
  readonly visitor: Visitor;
  readonly repository: OpenRepository;
  readonly resource: Resource;
}
