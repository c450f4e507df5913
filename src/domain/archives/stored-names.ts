import { storedName, storedNameKey } from "./stored-name.ts";

/**
 * Names that the file of an archive may have, best first, each with the form in which file systems compare it. `draws`, numbers that
 * nobody else has, mark the last ones: many uploads of one name at once each find one that is free.
 */
export function storedNames(name: string, draws: readonly number[]): readonly { readonly name: string; readonly folded: string }[] {
  return [0, 1, ...draws].map((attempt) => {
    const candidate = storedName(name, attempt);
    return { name: candidate, folded: storedNameKey(candidate) };
  });
}
