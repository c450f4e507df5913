import type { Visitor } from "#domain/access/visitor.ts";
import type { Core } from "#domain/core.ts";
import { logFault } from "#domain/log-fault.ts";
import { OpenRepository } from "#domain/repositories/open-repository.ts";
import type { Door, Exchange } from "#http/exchange.ts";
import { HubError } from "#model/hub-error.ts";
import { resolveVisitor } from "./auth.ts";
import { replyRefusal } from "./errors.ts";
import { answerListing } from "./listing.ts";
import { answerObject } from "./objects.ts";
import { answerRepository } from "./repository.ts";
import { isTooDeep, parseResource, type ResticResource } from "./wire.ts";

export interface ResticDoorOptions {
  /** Account that requests without a login act as. Only for listeners that this machine alone can reach. */
  readonly noAuthAccount: string | undefined;
}

/** restic's REST backend, protocol versions 1 and 2 (spec/restic-rest.md). Stands at any prefix. */
export function resticDoor(core: Core, options: ResticDoorOptions): Door {
  return async (exchange) => {
    try {
      await answer(core, options, exchange);
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
      logFault(core.log, error, { id: exchange.id, asked: `${exchange.method} /${exchange.target.segments.join("/")}` });
      await replyRefusal(exchange, error);
    }
  };
}

async function answer(core: Core, options: ResticDoorOptions, exchange: Exchange): Promise<void> {
  const visitor = await resolveVisitor(core, exchange, options.noAuthAccount);
  exchange.note({ account: visitor.accountName });
  const { repositoryDepth } = core.limits;
  const resource = parseResource(exchange.target, repositoryDepth);
  if (resource === undefined) {
    const isDeep = isTooDeep(exchange.target, repositoryDepth);
    throw new HubError("not_found", isDeep ? `A repository lies at most ${repositoryDepth} folders deep` : "Not Found");
  }
  try {
    await answerVisitor(core, { exchange, visitor, resource });
  } catch (error) {
    if (error instanceof HubError) core.activity.refused(resource.repository, visitor, error, describe(exchange, resource));
    throw error;
  }
}

async function answerVisitor(
  core: Core,
  { exchange, visitor, resource }: { readonly exchange: Exchange; readonly visitor: Visitor; readonly resource: ResticResource },
): Promise<void> {
  const repository = await OpenRepository.open(core.access, visitor, resource.repository);

  // Locks stand outside every queue: a backup whose lock cannot be refreshed dies (spec section 2.6).
  const isLock = resource.kind === "listing" ? resource.type === "locks" : resource.kind === "object" && resource.object.type === "locks";
  using _ = isLock ? undefined : core.requests.enter(visitor.accountId);
  if (resource.kind === "repository") await answerRepository({ core, exchange, visitor, repository, resource });
  else if (resource.kind === "listing") await answerListing({ core, exchange, visitor, repository, resource });
  else await answerObject({ core, exchange, visitor, repository, resource });
}

/** What was asked for, below the repository. */
function describe({ method }: Exchange, resource: ResticResource): string {
  if (resource.kind === "repository") return method;
  if (resource.kind === "listing") return `${method} ${resource.type}/`;
  return `${method} ${resource.object.type === "config" ? "config" : `${resource.object.type}/${resource.object.id}`}`;
}
