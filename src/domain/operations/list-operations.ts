import { findAccountByName } from "#db/accounts.ts";
import type { OperationPage } from "#db/operation-lists.ts";
import { findOperation, findOperationChange } from "#db/operations.ts";
import { HubError } from "#model/hub-error.ts";
import type { Operation } from "#model/operation.ts";
import { matchesFilter, type OperationFilter, type OperationView } from "#model/operation-filter.ts";
import type { Core } from "../core.ts";

const PAGE = 200;

/**
 * One page of the timeline, the newest first, older than the line `before`. It may be short or empty although there is a `next`: one
 * page takes bounded work, also when what is asked for is rare and its conditions are not.
 */
export async function listOperations(
  core: Core,
  input: { readonly filter: OperationFilter; readonly before?: number | undefined; readonly limit: number },
): Promise<OperationPage> {
  return await core.database.list("listOperations", input);
}

/** The lines that are meant, the newest first, page by page. */
export async function* walkOperations(core: Core, filter: OperationFilter, signal: AbortSignal): AsyncGenerator<Operation> {
  let before: number | undefined;
  do {
    signal.throwIfAborted();
    const page: OperationPage = await listOperations(core, { filter, before, limit: PAGE });
    yield* page.operations;
    before = page.next;
  } while (before !== undefined);
}

/** One line, of those that may be seen. Throws `not_found`. */
export async function showOperation(
  core: Core,
  { id, view }: { readonly id: number; readonly view?: OperationView | undefined },
): Promise<Operation> {
  const operation = Number.isSafeInteger(id) && id > 0 ? await findOperation(core.database.read, id) : undefined;
  if (operation === undefined || !matchesFilter({ view }, operation))
    throw new HubError("not_found", "There is no such line in the timeline, or none any more");
  return operation;
}

/** The resume id of now: what follows the timeline after it is told only what is new. */
export async function newestChange(core: Core): Promise<number> {
  return await findOperationChange(core.database.read);
}

/** The filter with the account spelled as its lines spell it. A name that no account has now stays as it is: lines outlive accounts. */
export async function withAccountName(core: Core, filter: OperationFilter): Promise<OperationFilter> {
  if (filter.account === undefined) return filter;
  const account = await findAccountByName(core.database.read, filter.account);
  return { ...filter, account: account?.name ?? filter.account };
}
