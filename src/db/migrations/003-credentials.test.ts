import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { DEFAULT_LIMITS } from "#limits.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { findCredentialByLogin } from "../credentials.ts";
import { openDatabase } from "../database.ts";
import { openConnection } from "../sqlite/open-connection.ts";
import { MIGRATIONS, migrate } from "./migrate.ts";

test("a login of before there were several keeps its password, and is bound to nothing", async () => {
  const before = MIGRATIONS.findIndex(({ name }) => name === "003-credentials");
  await using folder = await tempFolder();
  const file = join(folder.path, "holdfast.sqlite");
  {
    using connection = openConnection({ file, busyMs: 100, use: "write" });
    await migrate(connection.db, "sqlite", MIGRATIONS.slice(0, before));
    connection.handle.exec(`
      insert into account (name, name_folded, created_at_ms) values ('laptop', 'laptop', 1);
      insert into used_login values ('laptop');
      insert into credential (account_id, login, login_folded, secret_hash, created_at_ms) values (1, 'laptop', 'laptop', '$h', 1);
    `);
  }
  await using database = await openDatabase({ kind: "sqlite", file, limits: DEFAULT_LIMITS });
  const found = await findCredentialByLogin(database.read, "laptop");
  assert.deepEqual(
    [found?.credential.kind, found?.credential.secretHash, found?.credential.addresses, found?.credential.mostRole],
    ["password", "$h", [], undefined],
  );
});
