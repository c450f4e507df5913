import type { ListDeliveriesInput } from "#db/alarm-deliveries.ts";
import type { ListAlarmsInput } from "#db/alarms.ts";
import type { Alarm } from "#model/alarm.ts";
import type { AlarmDelivery } from "#model/alarm-delivery.ts";
import type { AlarmSilence } from "#model/alarm-silence.ts";
import type { AlarmCore } from "./alarm-core.ts";

/** A page of alarms, the newest first; the next page is that `before` the last one's number. Throws `invalid_input`. */
export async function pageOfAlarms({ database }: AlarmCore, input: ListAlarmsInput): Promise<readonly Alarm[]> {
  return (await database.list("listAlarms", input)).map(({ alarm }) => alarm);
}

/** A page of the delivery log, the newest first; the next page is that `before` the last one's number. Throws `invalid_input`. */
export async function pageOfDeliveries({ database }: AlarmCore, input: ListDeliveriesInput): Promise<readonly AlarmDelivery[]> {
  return await database.list("listDeliveries", input);
}

/** A page of silences by number, over or not. Throws `invalid_input`. */
export async function pageOfSilences(
  { database }: AlarmCore,
  input: { readonly after: number | undefined; readonly limit: number },
): Promise<readonly AlarmSilence[]> {
  return await database.list("listSilences", input);
}
