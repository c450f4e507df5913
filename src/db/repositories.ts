import type { Selectable } from "kysely";
import type { Repository } from "#model/repository.ts";
import { raiseAccessVersion } from "./access-version.ts";
import { endOfBelow } from "./below.ts";
import { recordOperations, type SettingsChange } from "./operations.ts";
import { pageLimit } from "./page-limit.ts";
import { beginUse } from "./repository-use.ts";
import type { ReadConnection, RepositoryTable, WriteTransaction } from "./tables.ts";

/**
 * Makes the repository's row, unless there is one, and resolves to the row there is: who was first has chosen its home. `found` for one
 * that lay on the disk already: then it is to be counted, and nobody has made it; `ownerName`: whose it is all the same.
 */
export async function rememberRepository(
  tx: WriteTransaction,
  input: SettingsChange & {
    readonly path: string;
    readonly home: string;
    readonly found?: boolean | undefined;
    readonly ownerName?: string | undefined;
  },
): Promise<Repository> {
  const { path, home, nowMs, by } = input;
  const row = await tx
    .insertInto("repository")
    .values({ path, home, createdAtMs: nowMs })
    .onConflict((conflict) => conflict.column("path").doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) {
    return repositoryOf(await tx.selectFrom("repository").selectAll().where("path", "=", path).executeTakeFirstOrThrow());
  }
  // Whoever makes one owns it; one that was found belongs to the account that its first folder is called after.
  const isNew = input.found !== true;
  await beginUse(tx, { path, isNew, madeBy: input.ownerName ?? (isNew && by.kind === "account" ? by.name : undefined), nowMs });
  const times = { startedAtMs: nowMs, endedAtMs: nowMs };
  const account = by.kind === "account" ? by.name : undefined;
  const summary = `Repository ${path} was seen for the first time`;
  await recordOperations(tx, {
    operations: [{ kind: "repository.created", status: "succeeded", ...times, actor: by, account, repository: path, summary }],
  });
  await raiseAccessVersion(tx, nowMs);
  return repositoryOf(row);
}

/** The repository at exactly that path, `/` or `/laptop/photos/`; undefined when none is known. */
export async function findRepository(db: ReadConnection, path: string): Promise<Repository | undefined> {
  const row = await db.selectFrom("repository").selectAll().where("path", "=", path).executeTakeFirst();
  return row === undefined ? undefined : repositoryOf(row);
}

export interface ListRepositoriesInput {
  /** The path behind which the page begins. */
  readonly after?: string | undefined;
  readonly limit: number;
  /** Only what lies at this path, which ends in a slash, or below it. */
  readonly below?: string | undefined;
  /** Only what lies at or below one of these. */
  readonly belowAny?: readonly string[] | undefined;
}

/** Up to `limit` repositories in the byte order of their paths. */
export async function listRepositories(
  db: ReadConnection,
  { after, limit, below, belowAny }: ListRepositoriesInput,
): Promise<readonly Repository[]> {
  let page = db.selectFrom("repository").selectAll().orderBy("path").limit(pageLimit(limit));
  if (after !== undefined) page = page.where("path", ">", after);
  if (below !== undefined) page = page.where("path", ">=", below).where("path", "<", endOfBelow(below));
  if (belowAny !== undefined) {
    page = page.where((where) => where.or(belowAny.map((path) => where("path", ">=", path).and("path", "<", endOfBelow(path)))));
  }
  return (await page.execute()).map(repositoryOf);
}

function repositoryOf({ path, home, createdAtMs }: Selectable<RepositoryTable>): Repository {
  return { path, home, createdAtMs };
}
