import { PROTOCOL } from "./protocol.ts";
import { SERVERS } from "./servers.ts";
import { WISHES } from "./wishes.ts";

/** Rows of one section of the spec, and for each the tests that fail when it breaks. */
export type Rows = Readonly<Record<string, readonly string[]>>;

/**
 * What of spec/restic-rest.md this door answers for. A row is named by its id, or by its section and first words. Not here: what the
 * other server of the protocol has and rest-server has not (3.4). The rate of HB-6 is a row of the bench. HB-1 is run with 0.14.0, 0.18.1 and
 * 0.19.1, not with 0.11.
 */
export const RESTIC_REST: Readonly<Record<string, Rows>> = { ...PROTOCOL, ...SERVERS, ...WISHES };
