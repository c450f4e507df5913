import type { Setting } from "./settings.ts";

/** The setting as it may be shown: `databaseUrl` with `***` in place of its password. */
export function maskSetting(setting: Setting): Setting {
  return setting.key === "databaseUrl" && typeof setting.value === "string"
    ? { ...setting, value: maskDatabaseUrl(setting.value) }
    : setting;
}

/** The URL with `***` in place of every password in it. */
export function maskDatabaseUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null) return "***";
  if (url.password !== "") url.password = "***";
  for (const name of [...url.searchParams.keys()]) {
    if (/pass|secret|token/i.test(name)) url.searchParams.set(name, "***");
  }
  return url.href;
}
