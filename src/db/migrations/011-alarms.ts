import { type Migration, withId } from "./migration.ts";

/** What people must know, the ways to tell them, what is on its way, and what they do not want to hear. */
export const alarms: Migration = {
  name: "011-alarms",
  async up(db, engine, types) {
    await withId(db, "alarm", engine, types)
      .addColumn("kind", types.text, (column) => column.notNull())
      .addColumn("subject", types.text, (column) => column.notNull())
      .addColumn("account", types.text)
      .addColumn("summary", types.text, (column) => column.notNull())
      .addColumn("openedAtMs", types.integer, (column) => column.notNull())
      .addColumn("seenAtMs", types.integer, (column) => column.notNull())
      .addColumn("closedAtMs", types.integer)
      .addColumn("outcome", types.text)
      .addColumn("openKey", types.text, (column) => column.unique())
      .addColumn("sightings", types.integer, (column) => column.notNull())
      .addColumn("reopenings", types.integer, (column) => column.notNull())
      .addColumn("announcedAtMs", types.integer)
      .addColumn("pendingAtMs", types.integer)
      .execute();
    await db.schema.createIndex("alarmByPending").on("alarm").column("pendingAtMs").execute();
    await db.schema.createIndex("alarmByClosing").on("alarm").column("closedAtMs").execute();

    await withId(db, "alarmChannel", engine, types)
      .addColumn("sealKey", types.text, (column) => column.notNull().unique())
      .addColumn("name", types.text, (column) => column.notNull())
      .addColumn("nameFolded", types.text, (column) => column.notNull().unique())
      .addColumn("kind", types.text, (column) => column.notNull())
      .addColumn("sealedSettings", types.text, (column) => column.notNull())
      .addColumn("kinds", types.text)
      .addColumn("accounts", types.text)
      .addColumn("digestHour", types.integer)
      .addColumn("digestZone", types.text)
      .addColumn("digestDay", types.text)
      .addColumn("createdAtMs", types.integer, (column) => column.notNull())
      .addColumn("disabledAtMs", types.integer)
      .execute();

    await withId(db, "alarmDelivery", engine, types)
      .addColumn("noticeId", types.text, (column) => column.notNull())
      .addColumn("noticeKind", types.text, (column) => column.notNull())
      .addColumn("title", types.text, (column) => column.notNull())
      .addColumn("notice", types.text, (column) => column.notNull())
      .addColumn("alarmId", types.integer)
      .addColumn("channelId", types.integer, (column) => column.notNull())
      .addColumn("status", types.text, (column) => column.notNull())
      .addColumn("attempts", types.integer, (column) => column.notNull())
      .addColumn("createdAtMs", types.integer, (column) => column.notNull())
      .addColumn("begunAtMs", types.integer)
      .addColumn("nextTryAtMs", types.integer)
      .addColumn("endedAtMs", types.integer)
      .addColumn("lastError", types.text)
      .addUniqueConstraint("alarmDeliveryOnce", ["noticeId", "channelId"])
      .execute();
    await db.schema.createIndex("alarmDeliveryByTry").on("alarmDelivery").columns(["channelId", "nextTryAtMs"]).execute();
    await db.schema.createIndex("alarmDeliveryByBeginning").on("alarmDelivery").columns(["channelId", "begunAtMs"]).execute();
    await db.schema.createIndex("alarmDeliveryByAlarm").on("alarmDelivery").column("alarmId").execute();
    await db.schema.createIndex("alarmDeliveryByEnd").on("alarmDelivery").column("endedAtMs").execute();

    await withId(db, "alarmSilence", engine, types)
      .addColumn("alarmId", types.integer)
      .addColumn("subject", types.text)
      .addColumn("untilMs", types.integer, (column) => column.notNull())
      .addColumn("reason", types.text, (column) => column.notNull())
      .addColumn("createdAtMs", types.integer, (column) => column.notNull())
      .execute();
    await db.schema.createIndex("alarmSilenceByAlarm").on("alarmSilence").column("alarmId").execute();
    await db.schema.createIndex("alarmSilenceBySubject").on("alarmSilence").column("subject").execute();
  },
};
