import { type ListedRepositoryUse, showRepository } from "#domain/repositories/show-repository.ts";
import { formatBytes } from "#lib/format-bytes.ts";
import { quotaBytesOf } from "#model/quota.ts";
import { OBJECT_TYPES } from "#model/repository.ts";
import type { Command } from "../command-context.ts";
import { table } from "../table.ts";
import { timeOf } from "../time-of.ts";
import { withCore } from "../with-core.ts";

/** `holdfast repository show` */
export const repositoryShow: Command<{ path: string }> = async (context, input) => {
  const { path, row, use, objects, grants } = await withCore(context, async (core) => await showRepository(core, input, context.signal));
  const total = OBJECT_TYPES.reduce((sum, type) => sum + objects[type].sizeBytes, 0);
  const counts = table(
    ["TYPE", "COUNT", "SIZE"],
    [
      ...OBJECT_TYPES.map((type) => [type, `${objects[type].count}`, formatBytes(objects[type].sizeBytes)]),
      ["total", "", formatBytes(total)],
    ],
  );
  context.show(
    {
      path,
      home: row?.home ?? null,
      createdAt: row === undefined ? null : timeOf(row.createdAtMs),
      owner: use?.ownerName ?? null,
      lastSnapshotAt: use?.lastSnapshotAtMs === undefined ? null : timeOf(use.lastSnapshotAtMs),
      quota: { softBytes: use?.softBytes ?? null, hardBytes: use?.hardBytes ?? null },
      counted: use === undefined ? null : { at: use.countedAtMs === undefined ? null : timeOf(use.countedAtMs), objects: use.use },
      sizeBytes: total,
      objects,
      grants: grants.map((grant) => ({ account: grant.accountName, path: grant.path, role: grant.role })),
    },
    [
      `path     ${path}`,
      `home     ${row?.home ?? "on the disk; no client has asked for it yet"}`,
      ...(row === undefined ? [] : [`created  ${timeOf(row.createdAtMs)}`]),
      ...(use === undefined ? [] : linesOfUse(use)),
      ...grants.map((grant) => `grant    ${grant.accountName} has ${grant.role} by ${grant.path}`),
      "",
      ...counts.trimEnd().split("\n"),
    ],
  );
  return 0;
};

function linesOfUse({ ownerName, lastSnapshotAtMs, countedAtMs, softBytes, hardBytes, use }: ListedRepositoryUse): string[] {
  const limit = (bytes: number | undefined) => (bytes === undefined ? "none" : formatBytes(bytes));
  const counted = countedAtMs === undefined ? "not counted yet" : `counted ${timeOf(countedAtMs)}`;
  return [
    `owner    ${ownerName ?? "nobody"}`,
    `stored   ${formatBytes(quotaBytesOf(use))} without locks, ${counted}`,
    `quota    soft ${limit(softBytes)}, hard ${limit(hardBytes)}`,
    ...(lastSnapshotAtMs === undefined ? [] : [`latest   ${timeOf(lastSnapshotAtMs)} (the last snapshot)`]),
  ];
}
