import { HubError } from "#model/hub-error.ts";

/** The longest page that a list gives out. */
export const PAGE_ROWS = 1000;

/** `limit`, or a thrown `invalid_input` when a page cannot have that many rows. */
export function pageLimit(limit: number): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_ROWS) {
    throw new HubError("invalid_input", `A page of a list has 1 to ${PAGE_ROWS} lines`);
  }
  return limit;
}
