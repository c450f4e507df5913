import { ConfigError } from "#config/config-error.ts";
import { LISTENER_NAMES } from "#config.ts";
import type { Command, CommandContext } from "../command-context.ts";
import type { Check } from "../doctor/check.ts";
import { checkAdopted } from "../doctor/check-adopted.ts";
import { checkCertificate } from "../doctor/check-certificate.ts";
import { checkClock, checkClockOfHub } from "../doctor/check-clock.ts";
import { checkDataFolder, existingParent } from "../doctor/check-data-folder.ts";
import { checkDatabase } from "../doctor/check-database.ts";
import { checkSpace, checkSync } from "../doctor/check-disk.ts";
import { checkListener } from "../doctor/check-listener.ts";
import { checkPrograms } from "../doctor/check-programs.ts";
import { findRunningHub } from "../running-hub.ts";

/** `holdfast doctor`: looks at all that the hub stands on. Exits 1 when something is wrong; a warning alone is 0. */
export const doctor: Command<undefined> = async (context) => {
  const checks = [...(await checkConfigured(context)), await checkClock(context.signal), ...(await checkPrograms())];
  context.showTable(
    checks.map(({ name, status, what, advice }) => ({ name, status, what, advice: advice ?? null })),
    {
      headings: ["CHECK", "STATUS", "WHAT", "ADVICE"],
      rows: checks.map(({ name, status, what, advice = "" }) => [name, status, what, advice]),
      empty: "",
    },
  );
  return checks.some(({ status }) => status === "wrong") ? 1 : 0;
};

/** What hangs on the configuration; when that is wrong, only what is wrong with it. */
async function checkConfigured(context: CommandContext): Promise<Check[]> {
  try {
    const config = context.loadConfig();
    const hub = findRunningHub(config.data);
    const folder = checkDataFolder(config.data);
    const place = existingParent(config.data);
    const certificates = LISTENER_NAMES.map((name) => checkCertificate(name, config.listeners[name], Date.now()));
    return [
      { name: "config", status: "ok", what: config.file ?? "no file; defaults, environment and flags" },
      folder,
      // Nothing is written where there is no data folder yet, or into one that is not ours.
      ...(folder.status === "wrong" || place !== config.data ? [] : [checkSync(config.data)]),
      checkSpace(place, config.limits),
      ...(folder.status === "wrong"
        ? []
        : [await checkDatabase(context), ...(await checkAdopted(context)), ...(await checkClockOfHub(context))]),
      ...(await Promise.all(LISTENER_NAMES.map((name) => checkListener(name, config.listeners[name], hub)))),
      ...certificates.filter((check) => check !== undefined),
    ];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ key, message, origin }) => ({
      name: "config",
      status: "wrong",
      what: key === undefined ? message : `${key}: ${message}`,
      advice: `look at ${origin}`,
    }));
  }
}
