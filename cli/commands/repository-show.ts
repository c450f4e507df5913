import { showRepository } from "#domain/repositories/show-repository.ts";
import { OBJECT_TYPES } from "#model/repository.ts";
import type { Command } from "../command-context.ts";
import { formatBytes } from "../format-bytes.ts";
import { table } from "../table.ts";
import { timeOf } from "../time-of.ts";
import { withCore } from "../with-core.ts";

/** `holdfast repository show` */
export const repositoryShow: Command<{ path: string }> = async (context, input) => {
  const { path, row, objects, grants } = await withCore(context, async (core) => await showRepository(core, input, context.signal));
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
      sizeBytes: total,
      objects,
      grants: grants.map((grant) => ({ account: grant.accountName, path: grant.path, role: grant.role })),
    },
    [
      `path     ${path}`,
      `home     ${row?.home ?? "on the disk; no client has asked for it yet"}`,
      ...(row === undefined ? [] : [`created  ${timeOf(row.createdAtMs)}`]),
      ...grants.map((grant) => `grant    ${grant.accountName} has ${grant.role} by ${grant.path}`),
      "",
      ...counts.trimEnd().split("\n"),
    ],
  );
  return 0;
};
