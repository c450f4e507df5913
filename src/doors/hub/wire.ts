import { z } from "zod";
import { readPath } from "#domain/access/set-grant.ts";
import type { Core } from "#domain/core.ts";
import { readReason } from "#domain/removal/require-may-hold.ts";
import { HubError } from "#model/hub-error.ts";
import { ROLE_NAMES } from "#model/permissions.ts";

/** Text that both databases take as it is. */
export function text(mostCharacters: number): z.ZodString {
  return z
    .string()
    .max(mostCharacters)
    .refine((value) => value.isWellFormed() && !value.includes("\0"), "Not valid Unicode text");
}

/** Adds a check that throws `invalid_input`: what the domain would refuse is then told with its place in the request, `path` below it. */
export function refusedBy<Schema extends z.ZodType>(
  schema: Schema,
  check: (value: z.output<Schema>) => unknown,
  path: readonly string[] = [],
): Schema {
  return schema.superRefine((value, context) => {
    try {
      check(value);
    } catch (error) {
      if (!(error instanceof HubError) || error.code !== "invalid_input") throw error;
      context.addIssue({ code: "custom", message: error.message, path: [...path] });
    }
  });
}

/** The name of an account or a token in a path; one that nobody has is simply not found. */
export const nameParameter = z.strictObject({ name: text(256) });

/** The number of a hold or a window in a path. */
export const numberParameter = z.strictObject({ id: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) });

/** A reason that people are told, as the removal verbs take it. */
export const reasonText = refusedBy(text(1000), readReason).describe("For people: whoever is refused reads it");

/** A number of bytes, or `null` for no limit. */
export const limitSchema = z.int().min(0).nullable();

/** A repository's path as people write it. */
export function pathText(core: Core): z.ZodString {
  return refusedBy(text(4096), (value) => readPath(core, value)).meta({
    description: "Path of a repository: `/laptop/photos/`. The slashes at the ends may be left out; `/` alone is everything",
    examples: ["/laptop/photos/"],
  });
}

export const roleSchema = z
  .enum(ROLE_NAMES)
  .describe("`read`, `backup` (adds, never removes), `maintain` (removes too), `admin` (grants too)");

/** A moment, as every reply writes it: ISO 8601, UTC, to the millisecond. */
export const timeSchema = z.string().meta({ format: "date-time", examples: ["2026-11-21T15:00:05.000Z"] });

/** A moment as a request may write it: ISO 8601 with its zone. */
export const timeInput = z.iso.datetime({ offset: true, error: "Must be a time with its zone, such as 2027-01-31T12:00:00Z" });

export function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}

/** The same for what may not be: `null`, never left out. */
export function timeOrNull(ms: number | undefined): string | null {
  return ms === undefined ? null : timeOf(ms);
}

/** The two parameters of every list. */
export const pageParameters = {
  cursor: text(4096).optional().describe("`next` of the page before this one"),
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe("Most items of the page"),
};

/** A page of a list. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    next: z
      .string()
      .nullable()
      .describe("Goes into `cursor` for the page behind this one; `null` on the last. A page may be short, or empty, and not be the last"),
  });
}
