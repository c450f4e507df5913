import { type Migration, withId } from "./migration.ts";

/** Tokens of programs that use the hub's own API. */
export const apiTokens: Migration = {
  name: "008-api-tokens",
  async up(db, engine, types) {
    await withId(db, "apiToken", engine, types)
      .addColumn("name", types.text, (column) => column.notNull())
      .addColumn("nameFolded", types.text, (column) => column.notNull().unique())
      .addColumn("secretSha256", types.text, (column) => column.notNull().unique())
      .addColumn("scopes", types.text, (column) => column.notNull())
      .addColumn("createdAtMs", types.integer, (column) => column.notNull())
      .addColumn("expiresAtMs", types.integer)
      .addColumn("disabledAtMs", types.integer)
      .addColumn("lastUsedAtMs", types.integer)
      .execute();
  },
};
