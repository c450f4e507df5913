import type { InFlight, Ledger, ObjectPath } from "./ledger.ts";
import type { DiskLook } from "./look-at-disk.ts";

/** How many requests had no answer when the hub ended, and how their objects were found. */
export interface InFlightTally {
  whole: number;
  absent: number;
}

/** What an empty tally is. */
export function noInFlight(): Record<InFlight["kind"], InFlightTally> {
  return { post: { whole: 0, absent: 0 }, delete: { whole: 0, absent: 0 }, restore: { whole: 0, absent: 0 } };
}

/**
 * Holds what lies on the disk against what clients were told: acknowledged uploads are there and have the right bytes, acknowledged removals are
 * away and in the trash, what was in flight is whole or absent, and there is nothing that nobody has sent. Resolves to what is wrong.
 */
export function checkObjects(
  ledger: Ledger,
  look: DiskLook,
  inFlight: readonly InFlight[],
  tally: Record<InFlight["kind"], InFlightTally>,
): string[] {
  const problems: string[] = [];
  for (const path of look.strangers) problems.push(`${path}: nobody has sent it`);
  for (const [path, { sizeBytes, sha256 }] of look.places) {
    const known = ledger.find(path);
    if (known === undefined) problems.push(`${path}: nobody has sent it`);
    else if (known.sha256 !== undefined && known.sha256 !== sha256)
      problems.push(`${path}: damaged, ${sizeBytes} of ${known.sizeBytes} bytes`);
  }
  for (const { kind, path } of inFlight) tally[kind][look.places.has(path) ? "whole" : "absent"] += 1;
  for (const { path, possible } of ledger.all()) {
    const found = look.places.has(path) ? "present" : "absent";
    if (!ledger.observe(path, found)) {
      problems.push(
        found === "absent" ? `${path}: was acknowledged and is lost${trashedText(look, path)}` : `${path}: was removed and is back`,
      );
    }
    if (possible.size === 0) problems.push(`${path}: nothing about it is possible`);
    const known = ledger.find(path);
    if (known?.wasPresent === true && found === "absent" && !path.includes("/locks/") && !isInTrash(look, path, known.sha256)) {
      problems.push(`${path}: is neither at its place nor in the trash`);
    }
  }
  return problems;
}

function isInTrash(look: DiskLook, path: ObjectPath, sha256: string | undefined): boolean {
  return look.trash.get(path)?.some((file) => sha256 === undefined || file.sha256 === sha256) === true;
}

function trashedText(look: DiskLook, path: ObjectPath): string {
  return look.trash.has(path) ? ", but in the trash" : "";
}
