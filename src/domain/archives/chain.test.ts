import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type ChainProblem, findChainProblems, parseChainName, type StoredMember } from "./chain.ts";
import { chainSentence } from "./chain-sentence.ts";

const STAMP = "20261121T033000Z";
const LATER_STAMP = "20261128T033000Z";
const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 10, 21, 4);
const YEAR_MS = 365 * DAY_MS;

function named(level: number, stamp = STAMP): string {
  return `/etc-${stamp}-${level === 0 ? "full" : `inc${level}`}.tar.gz`;
}

/** Level `level` as it was stored on day `level`, unless told otherwise. */
function stored(level: number, more: Partial<StoredMember> & { readonly stamp?: string } = {}): StoredMember {
  const { stamp, ...fields } = more;
  const createdAtMs = START_MS + level * DAY_MS;
  return { name: named(level, stamp), sizeBytes: 1000 + level, createdAtMs, expiresAtMs: START_MS + YEAR_MS, ...fields };
}

const kinds = (problems: readonly ChainProblem[]) =>
  problems.map(({ kind, ...problem }) => [kind, "level" in problem ? problem.level : -1]);

test("the names of the tar tools tell chain and level, and other names tell nothing", () => {
  const chain = `/a/etc-${STAMP}-*.tar.gz`;
  const member = { chain, series: "/a/etc-*.tar.gz", stamp: STAMP };
  assert.deepEqual(parseChainName(`/a/etc-${STAMP}-full.tar.gz`), { ...member, level: 0 });
  assert.deepEqual(parseChainName(`/a/etc-${STAMP}-inc12.tar.gz`), { ...member, level: 12 });
  assert.notEqual(parseChainName(`/a/etc-${STAMP}-inc1.tar.xz`)?.chain, chain);
  const others = [
    `/etc-${STAMP}.tar.gz`,
    `/etc-${STAMP}-inc0.tar.gz`,
    `/etc-${STAMP}-inc01.tar.gz`,
    "/etc-full.tar.gz",
    `/etc-${STAMP}-full`,
  ];
  for (const name of others) assert.equal(parseChainName(name), undefined, name);
});

test("a whole chain has no problem, in whatever order it is looked at", () => {
  assert.deepEqual(findChainProblems([stored(2), stored(0), stored(1), stored(0, { name: "/other.tar" })]), []);
});

test("the first level that is missing is told with what is lost behind it", () => {
  const about = { chain: `/etc-${STAMP}-*.tar.gz`, series: "/etc-*.tar.gz", superseded: false };
  assert.deepEqual(findChainProblems([stored(0), stored(1), stored(3), stored(5)]), [
    { ...about, kind: "missing", level: 2, firstLost: 3 },
  ]);
  assert.deepEqual(findChainProblems([stored(1), stored(2)]), [{ ...about, kind: "missing", level: 0, firstLost: 1 }]);
});

test("a chain before a later full backup is superseded, and one before a later increment alone is not", () => {
  const gap = [stored(0), stored(2)];
  assert.equal(findChainProblems([...gap, stored(0, { stamp: LATER_STAMP })])[0]?.superseded, true);
  assert.equal(findChainProblems([...gap, stored(1, { stamp: LATER_STAMP })])[0]?.superseded, false);
});

test("T14: an increment that failed, followed by one that was stored, has lost what changed in between", () => {
  const failed = { name: named(2), atMs: START_MS + 2 * DAY_MS, sizeBytes: 5000 };
  const chain = [stored(0), stored(1)];
  assert.deepEqual(findChainProblems(chain, [failed]), []);
  const again = stored(2, { createdAtMs: START_MS + 3 * DAY_MS });
  const [problem] = findChainProblems([...chain, again], [failed]);
  assert.deepEqual(problem, {
    chain: `/etc-${STAMP}-*.tar.gz`,
    series: "/etc-*.tar.gz",
    superseded: false,
    kind: "skipped",
    level: 2,
    failedAtMs: failed.atMs,
    storedLevel: 2,
  });
  assert.match(problem === undefined ? "" : chainSentence(problem), /increment 2 .*failed at 2026-11-23 04:00 UTC.*make a full backup/);
  // With the next number instead, and also when its length was never told.
  assert.deepEqual(kinds(findChainProblems([...chain, stored(3)], [{ ...failed, sizeBytes: undefined }])), [
    ["missing", 2],
    ["skipped", 2],
  ]);
});

test("a client that repeats the very same upload, before or after it was stored, has lost nothing", () => {
  const chain = [stored(0), stored(1), stored(2)];
  const [atMs, sizeBytes] = [START_MS + 2 * DAY_MS, 1002];
  for (const away of [-60_000, 60_000]) assert.deepEqual(findChainProblems(chain, [{ name: named(2), atMs: atMs + away, sizeBytes }]), []);
  // The same length a day earlier is chance.
  assert.deepEqual(kinds(findChainProblems(chain, [{ name: named(2), atMs: atMs - DAY_MS, sizeBytes }])), [["skipped", 2]]);
});

test("a failed full backup is none that a later increment lacks: its chain is missing it, or it was made again", () => {
  const failed = { name: named(0), atMs: START_MS - 1, sizeBytes: 5 };
  assert.deepEqual(findChainProblems([stored(0), stored(1)], [failed]), []);
  assert.deepEqual(kinds(findChainProblems([stored(1)], [failed])), [["missing", 0]]);
});

test("what expires before others that need it is told, with all that would have to stay", () => {
  const chain = [0, 3, 9, 4].map((days, level) => stored(level, { expiresAtMs: START_MS + YEAR_MS + days * DAY_MS }));
  const [problem, ...more] = findChainProblems(chain);
  assert.deepEqual(more, []);
  assert.ok(problem?.kind === "outlives");
  assert.deepEqual([problem.level, problem.extend], [0, [0, 1]]);
  assert.deepEqual([problem.atMs, problem.untilMs], [START_MS + YEAR_MS, START_MS + YEAR_MS + 9 * DAY_MS]);
  assert.match(chainSentence(problem), /^The full backup .* expires on 2027-11-21, .* until 2027-11-30, or make a full backup\.$/);
  const held = findChainProblems([stored(0), stored(1, { expiresAtMs: Number.POSITIVE_INFINITY })])[0];
  assert.match(held === undefined ? "" : chainSentence(held), /until its hold ends/);
  assert.deepEqual(findChainProblems([stored(0, { expiresAtMs: Number.POSITIVE_INFINITY }), stored(1)]), []);
});

test("a chain that is longer than the tools restore is told once", () => {
  const chain = Array.from({ length: 103 }, (_, level) => stored(level));
  assert.deepEqual(kinds(findChainProblems(chain)), [["too_long", 100]]);
});

test("keeping what is said to be kept mends a chain, whatever its times are", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 8 }), (days) => {
      let chain = days.map((each, level) => stored(level, { expiresAtMs: START_MS + YEAR_MS + each * DAY_MS }));
      const broken = chain.some(({ expiresAtMs }, level) => chain.slice(level + 1).some((later) => later.expiresAtMs > expiresAtMs));
      const first = findChainProblems(chain);
      assert.equal(first.length, broken ? 1 : 0);
      for (let problems = first; problems.length > 0; problems = findChainProblems(chain)) {
        const [problem] = problems;
        assert.ok(problem?.kind === "outlives" && problem.extend.includes(problem.level) && problem.atMs < problem.untilMs);
        assert.equal(problem.atMs, Math.min(...problem.extend.map((level) => chain[level]?.expiresAtMs ?? 0)));
        chain = chain.map((each, level) => (problem.extend.includes(level) ? { ...each, expiresAtMs: problem.untilMs } : each));
      }
    }),
  );
});
