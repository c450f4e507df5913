import { RecentMap } from "#lib/recent-map.ts";

const MOST = 10_000;

/** Repositories that could not be counted: uploads to others do not wait for them. */
export class Uncountable {
  readonly #paths = new RecentMap<string, string>(MOST);
  #tell: (path: string, isUncountable: boolean) => void = () => undefined;

  get paths(): readonly string[] {
    return [...this.#paths.values()];
  }

  set(path: string, isUncountable: boolean): void {
    if ((this.#paths.get(path) !== undefined) === isUncountable) return;
    if (isUncountable) this.#paths.set(path, path);
    else this.#paths.delete(path);
    this.#tell(path, isUncountable);
  }

  /** `tell` is called with each change: the other processes of the hub have to know. */
  onChange(tell: (path: string, isUncountable: boolean) => void): void {
    this.#tell = tell;
  }
}
