import type { Alarm, AlarmKind, Notice } from "#model/alarm.ts";

/** What a kind of alarm is called in a title. */
const TITLES: Readonly<Record<AlarmKind, string>> = {
  silence: "Backup missing",
  failing: "Backups fail",
  size: "Backup much smaller",
  chain: "Incremental backup incomplete",
  damage: "Stored bytes damaged",
  guard: "A guard stopped something",
  space: "Room is running out",
  delivery: "A channel does not work",
};

const SHOWN_TITLES = 20;

/** What differs from notice to notice and is made outside of these functions, which are pure. */
export interface NoticeFrame {
  readonly id: string;
  readonly atMs: number;
  readonly url: string | undefined;
}

/** Tells that an alarm was opened. */
export function alarmNotice(alarm: Alarm, frame: NoticeFrame): Notice {
  const lines = [alarm.summary, "", `Since ${timeText(alarm.openedAtMs)}`, ...accountLine(alarm)];
  return { ...frame, kind: "alarm", title: `${TITLES[alarm.kind]}${about(alarm)}`, text: lines.join("\n"), alarm: named(alarm) };
}

/** Tells that an alarm is over. */
export function recoveryNotice(alarm: Alarm, frame: NoticeFrame): Notice {
  const { openedAtMs, closedAtMs = frame.atMs, outcome } = alarm;
  const time = `From ${timeText(openedAtMs)} to ${timeText(closedAtMs)}`;
  const lines = [outcome ?? "Its cause is gone.", "", `It was: ${alarm.summary}`, time, ...accountLine(alarm)];
  return { ...frame, kind: "recovery", title: `Over: ${TITLES[alarm.kind]}${about(alarm)}`, text: lines.join("\n"), alarm: named(alarm) };
}

/** Tells in one of many notices that would have come at once; `titles` are theirs. */
export function summaryNotice(titles: readonly string[], frame: NoticeFrame): Notice {
  const more = titles.length - SHOWN_TITLES;
  const lines = [
    "So much has happened within the hour that it is told in one:",
    "",
    ...titles.slice(0, SHOWN_TITLES).map((title) => `- ${title}`),
  ];
  if (more > 0) lines.push(`- and ${more} more`);
  return { ...frame, kind: "alarm", title: `${titles.length} more notices`, text: lines.join("\n"), alarm: undefined };
}

/** Shows that a channel works. */
export function testNotice(channelName: string, frame: NoticeFrame): Notice {
  const text = `This is a test of the channel ${channelName}. Alarms will arrive here.`;
  return { ...frame, kind: "test", title: "Test of an alarm channel", text, alarm: undefined };
}

/** A time for a person anywhere: to the minute, in UTC. */
export function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function about({ account }: Alarm): string {
  return account === undefined ? "" : ` (${account})`;
}

function accountLine({ account }: Alarm): readonly string[] {
  return account === undefined ? [] : [`Account ${account}`];
}

function named({ id, kind, subject }: Alarm): Notice["alarm"] {
  return { id, kind, subject };
}
