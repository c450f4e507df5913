import type { Visitor } from "#domain/access/visitor.ts";
import type { Core } from "#domain/core.ts";
import { logFault } from "#domain/log-fault.ts";
import { OpenRepository } from "#domain/repositories/open-repository.ts";
import type { Door, Exchange } from "#http/exchange.ts";
import { type Soon, whenKnown } from "#lib/soon.ts";
import { HubError } from "#model/hub-error.ts";
import { resolveVisitor } from "./auth.ts";
import type { Call } from "./call.ts";
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
  return (exchange) => {
    const refuse = async (error: unknown) => {
      if (!(error instanceof HubError)) throw error;
      logFault(core.log, error, { id: exchange.id, asked: `${exchange.method} /${exchange.target.segments.join("/")}` });
      await replyRefusal(exchange, error);
    };
    try {
      const answered = answer(core, options, exchange);
      return answered instanceof Promise ? answered.catch(refuse) : undefined;
    } catch (error) {
      return refuse(error);
    }
  };
}

function answer(core: Core, options: ResticDoorOptions, exchange: Exchange): Soon<void> {
  return whenKnown(resolveVisitor(core, exchange, options.noAuthAccount), (visitor) => answerVisitor(core, visitor, exchange));
}

function answerVisitor(core: Core, visitor: Visitor, exchange: Exchange): Soon<void> {
  exchange.note({ account: visitor.accountName });
  const { repositoryDepth } = core.limits;
  const resource = parseResource(exchange.target, repositoryDepth);
  if (resource === undefined) {
    const isDeep = isTooDeep(exchange.target, repositoryDepth);
    throw new HubError("not_found", isDeep ? `A repository lies at most ${repositoryDepth} folders deep` : "Not Found");
  }
  const tell = (error: unknown): never => {
    if (error instanceof HubError) core.activity.refused(resource.repository, visitor, error, describe(exchange, resource));
    throw error;
  };
  try {
    const opened = OpenRepository.open(core.access, visitor, resource.repository);
    const answered = whenKnown(opened, (repository) => answerInTurn({ core, exchange, visitor, repository, resource }));
    return answered instanceof Promise ? answered.catch(tell) : undefined;
  } catch (error) {
    return tell(error);
  }
}

/** Answers as one of the requests that the account may have in flight: until its answer has been taken, and what it does has ended. */
function answerInTurn(call: Call<ResticResource>): Soon<void> {
  const { core, exchange, visitor, resource } = call;
  // Locks stand outside every queue: a backup whose lock cannot be refreshed dies (spec section 2.6).
  const isLock = resource.kind === "listing" ? resource.type === "locks" : resource.kind === "object" && resource.object.type === "locks";
  if (isLock) return answerResource(call);
  const counted = core.requests.enter(visitor.accountId);
  const leave = () => counted[Symbol.dispose]();
  try {
    const answered = answerResource(call);
    if (answered instanceof Promise) return answered.finally(leave);
    exchange.afterwards(counted);
  } catch (error) {
    leave();
    throw error;
  }
}

function answerResource({ resource, ...call }: Call<ResticResource>): Soon<void> {
  if (resource.kind === "repository") return answerRepository({ ...call, resource });
  if (resource.kind === "listing") return answerListing({ ...call, resource });
  return answerObject({ ...call, resource });
}

/** What was asked for, below the repository. */
function describe({ method }: Exchange, resource: ResticResource): string {
  if (resource.kind === "repository") return method;
  if (resource.kind === "listing") return `${method} ${resource.type}/`;
  return `${method} ${resource.object.type === "config" ? "config" : `${resource.object.type}/${resource.object.id}`}`;
}
