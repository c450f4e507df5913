import type { Command } from "../command-context.ts";

/** `holdfast config`: every key, the value in force and where it came from. Passwords are masked. */
export const showConfig: Command<undefined> = async (context) => {
  const { settings, file } = context.loadConfig();
  context.showTable(
    { file: file ?? null, settings: settings.map(({ key, value, origin }) => ({ key, value: value ?? null, origin })) },
    { headings: ["KEY", "VALUE", "ORIGIN"], rows: settings.map(({ key, value, origin }) => [key, textOf(value), origin]), empty: "" },
  );
  return 0;
};

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.join(",");
  return value === undefined ? "" : String(value);
}
