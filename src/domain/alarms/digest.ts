import type { Alarm, Notice } from "#model/alarm.ts";
import { type NoticeFrame, timeText } from "./notices.ts";

const MOST_LINES = 50;
const MOST_ALARMS = 20;

export interface DigestInput {
  /** `2026-11-22` */
  readonly day: string;
  /** How things are doing, as others tell it. */
  readonly lines: readonly string[];
  /** The alarms that are open, the newest first. */
  readonly open: readonly Alarm[];
  /** Those that were closed within the last day, the newest first. */
  readonly closed: readonly Alarm[];
}

/** What the day was like, on one page. Pure. */
export function digestNotice({ day, lines, open, closed }: DigestInput, frame: NoticeFrame): Notice {
  const state = open.length === 0 ? "no alarm is open" : open.length === 1 ? "1 alarm is open" : `${open.length} alarms are open`;
  const parts = [lines.slice(0, MOST_LINES)];
  if (open.length > 0) {
    parts.push(["Open alarms:", ...listed(open, ({ summary, openedAtMs }) => `- ${summary} (since ${timeText(openedAtMs)})`)]);
  }
  if (closed.length > 0)
    parts.push(["Over since yesterday:", ...listed(closed, ({ summary, outcome }) => `- ${summary} ${outcome ?? ""}`.trim())]);
  if (open.length === 0) parts.push(["No alarm is open."]);
  const text = parts
    .filter((part) => part.length > 0)
    .map((part) => part.join("\n"))
    .join("\n\n");
  return { ...frame, kind: "digest", title: `Digest of ${day}: ${state}`, text, alarm: undefined };
}

function listed(alarms: readonly Alarm[], lineOf: (alarm: Alarm) => string): readonly string[] {
  const lines = alarms.slice(0, MOST_ALARMS).map(lineOf);
  const more = alarms.length - MOST_ALARMS;
  return more > 0 ? [...lines, `- and ${more} more`] : lines;
}
