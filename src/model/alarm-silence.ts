/** What is muted: one alarm, or every alarm about a subject. */
export type SilenceTarget = { readonly kind: "alarm"; readonly alarmId: number } | { readonly kind: "subject"; readonly subject: string };

/** Somebody does not want to be told, until a time. */
export interface AlarmSilence {
  readonly id: number;
  readonly target: SilenceTarget;
  readonly untilMs: number;
  readonly reason: string;
  readonly createdAtMs: number;
}
