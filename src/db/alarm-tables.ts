import type { Generated } from "kysely";
import type { AlarmKind, ChannelKind, NoticeKind } from "#model/alarm.ts";
import type { DeliveryStatus } from "#model/alarm-delivery.ts";

export interface AlarmTable {
  id: Generated<number>;
  kind: AlarmKind;
  subject: string;
  account: string | null;
  summary: string;
  openedAtMs: number;
  seenAtMs: number;
  closedAtMs: number | null;
  outcome: string | null;
  /** `<kind> <subject>` from its opening until its end is settled, unique; then null. */
  openKey: string | null;
  /** How often its cause was seen. */
  sightings: number;
  /** How often its cause came back before its end was settled. */
  reopenings: number;
  /** When people were told that it is open; null: they have not been. */
  announcedAtMs: number | null;
  /** When it is to be looked at, because somebody may have to be told; null: nothing is to be told. */
  pendingAtMs: number | null;
}

export interface AlarmChannelTable {
  id: Generated<number>;
  /** Binds the sealed settings to this row. */
  sealKey: string;
  name: string;
  nameFolded: string;
  kind: ChannelKind;
  sealedSettings: string;
  /** Joined by commas; null for all. */
  kinds: string | null;
  accounts: string | null;
  digestHour: number | null;
  digestZone: string | null;
  /** The last day, `2026-11-22`, whose digest was made. */
  digestDay: string | null;
  createdAtMs: number;
  disabledAtMs: number | null;
}

export interface AlarmDeliveryTable {
  id: Generated<number>;
  noticeId: string;
  noticeKind: NoticeKind;
  title: string;
  /** The whole notice, as JSON. */
  notice: string;
  alarmId: number | null;
  channelId: number;
  status: DeliveryStatus;
  attempts: number;
  createdAtMs: number;
  /** When it was tried first. */
  begunAtMs: number | null;
  nextTryAtMs: number | null;
  endedAtMs: number | null;
  lastError: string | null;
}

/** Either `alarmId` or `subject` is there. */
export interface AlarmSilenceTable {
  id: Generated<number>;
  alarmId: number | null;
  subject: string | null;
  untilMs: number;
  reason: string;
  createdAtMs: number;
}
