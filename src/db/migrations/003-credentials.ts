import type { Migration } from "./migration.ts";

/** Several credentials for each account, each with bounds of its own, and from where logins have signed in before. */
export const credentials: Migration = {
  name: "003-credentials",
  async up(db, _engine, types) {
    // One statement for each column: SQLite adds no two at once.
    const credential = () => db.schema.alterTable("credential");
    await credential()
      .addColumn("kind", types.text, (column) => column.notNull().defaultTo("password"))
      .execute();
    await credential()
      .addColumn("addresses", types.text, (column) => column.notNull().defaultTo(""))
      .execute();
    for (const name of ["previousSecretHash", "certificateName", "certificateNameFolded", "label", "mostRole", "lastUsedAddress"]) {
      await credential().addColumn(name, types.text).execute();
    }
    for (const name of ["previousSecretUntilMs", "expiresAtMs", "disabledAtMs", "lastUsedAtMs"]) {
      await credential().addColumn(name, types.integer).execute();
    }
    await db.schema.createIndex("credentialCertificate").on("credential").column("certificateNameFolded").unique().execute();

    await db.schema
      .createTable("provenPair")
      .addColumn("loginFolded", types.text, (column) => column.notNull())
      .addColumn("addressBlock", types.text, (column) => column.notNull())
      .addColumn("firstAtMs", types.integer, (column) => column.notNull())
      .addColumn("lastAtMs", types.integer, (column) => column.notNull())
      .addPrimaryKeyConstraint("provenPairKey", ["loginFolded", "addressBlock"])
      .execute();
    await db.schema.createIndex("provenPairLast").on("provenPair").column("lastAtMs").execute();
  },
};
