/**
 * A full backup and the incremental ones that build on it, as the tar tools of RestBackup name them (spec/restbackup.md 6.4):
 * `/<name>-<YYYYMMDDThhmmssZ>-full.tar.gz`, then `/<name>-<same stamp>-inc<N>.tar.gz`. Whoever restores takes the full one, `-inc1`,
 * `-inc2` and so on, up to the first that is not there.
 */
export interface ChainMember {
  /** The same for all members of a chain, and for nothing else: `/etc-20261121T033000Z-*.tar.gz`. */
  readonly chain: string;
  /** The same for all chains of one thing: `/etc-*.tar.gz`. */
  readonly series: string;
  /** When the chain was begun, as its client says; of two chains the later one has the greater. */
  readonly stamp: string;
  /** 0 for the full one. */
  readonly level: number;
}

/** Tools that restore ask for no level above this. */
export const MOST_LEVELS = 99;

const MEMBER =
  /^(?<head>\/.*)-(?<stamp>\d{8}T\d{6}Z)-(?:(?<full>full)|inc(?<level>[1-9]\d{0,3}))(?<ending>(?:\.[A-Za-z][A-Za-z0-9]{0,7}){1,3})$/s;

/** What the name of an archive says about a chain; undefined for one that is in none. */
export function parseChainName(name: string): ChainMember | undefined {
  const groups = MEMBER.exec(name)?.groups;
  if (groups === undefined) return undefined;
  const { head, stamp = "", full, level, ending } = groups;
  return {
    chain: `${head}-${stamp}-*${ending}`,
    series: `${head}-*${ending}`,
    stamp,
    level: full === undefined ? Number(level) : 0,
  };
}

/** An archive that is live. */
export interface StoredMember {
  readonly name: string;
  readonly sizeBytes: number;
  readonly createdAtMs: number;
  /** Infinity while it is held. */
  readonly expiresAtMs: number;
}

/** An upload that was refused or broke off. */
export interface FailedMember {
  readonly name: string;
  readonly atMs: number;
  /** As announced; undefined when it was not. */
  readonly sizeBytes: number | undefined;
}

/**
 * What is wrong with a chain.
 *
 * - `missing`   `level` is not there, so nothing from `firstLost` on can be restored
 * - `skipped`   the upload of `level` failed and a later one was stored: tar had gone on, so what changed in between is in no archive [T14]
 * - `outlives`  `level` expires at `atMs`, before others that cannot be restored without it; keeping the `extend` levels until
 *               `untilMs` mends it
 * - `too_long`  `level` is beyond what the tools restore
 */
export type ChainProblem = {
  readonly chain: string;
  readonly series: string;
  /** A later chain of the series has its full backup: what happens to this one matters less. */
  readonly superseded: boolean;
} & (
  | { readonly kind: "missing"; readonly level: number; readonly firstLost: number }
  | { readonly kind: "skipped"; readonly level: number; readonly failedAtMs: number; readonly storedLevel: number }
  | {
      readonly kind: "outlives";
      readonly level: number;
      readonly atMs: number;
      readonly untilMs: number;
      readonly extend: readonly number[];
    }
  | { readonly kind: "too_long"; readonly level: number }
);

/**
 * All that is wrong with the chains among these archives, in the order of their names. Names of no chain are left aside. Uploads that
 * failed because the very same file is there already are not failures.
 */
export function findChainProblems(stored: readonly StoredMember[], failed: readonly FailedMember[] = []): ChainProblem[] {
  const chains = groupChains(stored);
  const newest = new Map<string, string>();
  for (const { series, stamp, levels } of chains.values()) {
    if (levels.has(0) && stamp > (newest.get(series) ?? "")) newest.set(series, stamp);
  }
  const failures = groupFailures(failed);
  return [...chains.values()].flatMap((chain) => {
    const about = { chain: chain.key, series: chain.series, superseded: (newest.get(chain.series) ?? "") > chain.stamp };
    const problems = [
      ...findMissing(chain.levels),
      ...findSkipped(chain.levels, failures.get(chain.key) ?? []),
      ...findOutlived(chain.levels),
      ...findTooLong(chain.levels),
    ];
    return problems.map((problem) => ({ ...about, ...problem }));
  });
}

/** A problem without the words that all problems of a chain share. */
type Flaw = ChainProblem extends infer Each ? (Each extends ChainProblem ? Omit<Each, "chain" | "series" | "superseded"> : never) : never;

type Levels = ReadonlyMap<number, StoredMember>;

interface Chain {
  readonly key: string;
  readonly series: string;
  readonly stamp: string;
  /** In rising order. */
  readonly levels: Levels;
}

function groupChains(stored: readonly StoredMember[]): Map<string, Chain> {
  const found = stored
    .flatMap((archive) => {
      const member = parseChainName(archive.name);
      return member === undefined ? [] : [{ archive, member }];
    })
    .sort((one, other) => compare(one.member.chain, other.member.chain) || one.member.level - other.member.level);
  const chains = new Map<string, Chain & { levels: Map<number, StoredMember> }>();
  for (const { archive, member } of found) {
    const chain = chains.get(member.chain) ?? { key: member.chain, series: member.series, stamp: member.stamp, levels: new Map() };
    chain.levels.set(member.level, archive);
    chains.set(member.chain, chain);
  }
  return chains;
}

function groupFailures(failed: readonly FailedMember[]): Map<string, { level: number; failure: FailedMember }[]> {
  const failures = new Map<string, { level: number; failure: FailedMember }[]>();
  for (const failure of failed) {
    const member = parseChainName(failure.name);
    if (member === undefined) continue;
    const others = failures.get(member.chain) ?? [];
    others.push({ level: member.level, failure });
    failures.set(member.chain, others);
  }
  return failures;
}

/** The first gap: whoever restores gets no further, so what is missing behind it adds nothing. */
function findMissing(levels: Levels): Flaw[] {
  let expected = 0;
  for (const level of levels.keys()) {
    if (level !== expected) return [{ kind: "missing", level: expected, firstLost: level }];
    expected += 1;
  }
  return [];
}

/** A client that repeats a refused upload does so within minutes; large ones then take hours. */
const RETRY_MS = 6 * 3_600_000;

/** Each level at most once, with its first failure. */
function findSkipped(levels: Levels, failures: readonly { level: number; failure: FailedMember }[]): Flaw[] {
  const flaws = new Map<number, Flaw>();
  for (const { level, failure } of failures.toSorted((one, other) => one.failure.atMs - other.failure.atMs)) {
    if (level === 0 || flaws.has(level)) continue; // tar begins a snapshot file anew for each full backup
    const own = levels.get(level);
    // The same file, repeated by its client: nothing is lost. What tar makes anew hardly has the same length to the byte.
    const same = own !== undefined && own.sizeBytes === failure.sizeBytes && Math.abs(own.createdAtMs - failure.atMs) <= RETRY_MS;
    if (same) continue;
    const later = [...levels].find(([other, { createdAtMs }]) => other >= level && createdAtMs > failure.atMs);
    if (later !== undefined) flaws.set(level, { kind: "skipped", level, failedAtMs: failure.atMs, storedLevel: later[0] });
  }
  return [...flaws.values()];
}

/** The first level that goes before a later one, and all that would have to stay for the sake of the one that stays longest. */
function findOutlived(levels: Levels): Flaw[] {
  const members = [...levels];
  for (const [at, [level, { expiresAtMs }]] of members.entries()) {
    const untilMs = members.slice(at + 1).reduce((most, [, later]) => Math.max(most, later.expiresAtMs), expiresAtMs);
    if (untilMs <= expiresAtMs) continue;
    const lastNeeding = members.findLast(([, member]) => member.expiresAtMs === untilMs)?.[0] ?? level;
    const extend = members.filter(([other, member]) => other <= lastNeeding && member.expiresAtMs < untilMs).map(([other]) => other);
    // Of several that are too early, what goes first breaks the chain.
    const first = members
      .filter(([other]) => extend.includes(other))
      .reduce((one, two) => (two[1].expiresAtMs < one[1].expiresAtMs ? two : one));
    return [{ kind: "outlives", level: first[0], atMs: first[1].expiresAtMs, untilMs, extend }];
  }
  return [];
}

function findTooLong(levels: Levels): Flaw[] {
  const level = levels.keys().find((each) => each > MOST_LEVELS);
  return level === undefined ? [] : [{ kind: "too_long", level }];
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
