import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { test } from "node:test";
import fc from "fast-check";
import { isIncrement, namePattern } from "./name-pattern.ts";

/** Pattern -> names that are one thing. */
const ONE_THING: Readonly<Record<string, readonly string[]>> = {
  "/data.{date}.tar.gz": ["/data.20100523.tar.gz", "/data.2026-11-21.tar.gz", "/data.2026.11.21.tar.gz", "/data.21.11.2026.tar.gz"],
  "/db-{date}.sql.gz": [
    "/db-2026-11-21T0300.sql.gz",
    "/db-20261121.sql.gz",
    "/db-20261121033000.sql.gz",
    "/db-20261121-033000.sql.gz",
    "/db-2026-11-21_03-30-00.sql.gz",
    "/db-2026-11-21_03.sql.gz",
    "/db-2026-11-21T03:30:00.123Z.sql.gz",
    "/db-2026-11-21 03:30:00+01:00.sql.gz",
    "/db-2026-11-21_03h30m_Saturday.sql.gz",
    "/db-2026-11-21_03h30m_November.sql.gz",
    "/db-2026-11-21_03h30m_47.sql.gz",
    "/db-20261121_033000_CET.sql.gz",
    "/db-21Nov2026.sql.gz",
    "/db-21-Nov-2026.sql.gz",
    "/db-November.21.2026.sql.gz",
    "/db-11-21-2026.sql.gz",
    "/db-1795230000.sql.gz",
    "/db-1795230000123.sql.gz",
    "/db-Saturday-2026-11-21.sql.gz",
    "/db-2026-11-21-Saturday.sql.gz",
  ],
  "/db{date}.sql": ["/db20261121.sql", "/db1795230000.sql", "/db2026-11-21.sql"],
  "/etc-{date}-{level}.tar.gz": ["/etc-20261121T033000Z-full.tar.gz", "/etc-20261121T033000Z-inc3.tar.gz", "/etc-20261121-diff.tar.gz"],
  "/home-{level}-{date}.tar": ["/home-full-20261121.tar", "/home-incremental-20261122.tar", "/home-level1-20261123.tar"],
  "/etc-{level}.tar.gz": ["/etc-full.tar.gz", "/etc-inc1.tar.gz", "/etc-inc-2.tar.gz"],
  "/logs/{n}.gz": ["/logs/7.gz", "/logs/0008.gz", "/logs/123456789.gz"],
  "/syslog.{n}.gz": ["/syslog.1.gz", "/syslog.22.gz"],
  "/build #{n} ({{x}}).zip": ["/build #7 ({x}).zip"],
  "/{date}/etc.tar": ["/2026/11/21/etc.tar", "/2026-11-21/etc.tar", "/20261121/etc.tar"],
  "/{month}/db-{date}.sql": ["/2026/11/db-2026-11-21.sql", "/2026-11/db-20261121.sql", "/Nov-2026/db-20261121.sql"],
  "/{year}/db-{date}.sql": ["/2026/db-2026-11-21.sql", "/2027/db-2027-01-01.sql"],
  "/{year}/{n}.tar": ["/2026/47.tar", "/2027/1.tar"],
  "/invoices-{month}.pdf": ["/invoices-202611.pdf", "/invoices-2026-11.pdf", "/invoices-Nov-2026.pdf", "/invoices-2026November.pdf"],
  "/x-{week}.tar": ["/x-2026-W47.tar", "/x-2026W48.tar"],
  "/vzdump-qemu-101-{date}.vma.zst": ["/vzdump-qemu-101-2026_11_21-03_00_00.vma.zst", "/vzdump-qemu-101-2026_11_22-03_00_04.vma.zst"],
  "/from-{date}-to-{date}.csv": ["/from-2026-11-01-to-2026-11-30.csv", "/from-2026-12-01-to-2026-12-31.csv"],
};

test("names that differ only in dates, stamps, counters and levels are one thing", () => {
  for (const [pattern, names] of Object.entries(ONE_THING)) for (const name of names) assert.equal(namePattern(name), pattern, name);
});

/** Names that a person tells apart, though only a number or a word is another. */
const APART: readonly (readonly string[])[] = [
  ["/host1/etc.tar", "/host2/etc.tar"],
  ["/host1.tar", "/host2.tar"],
  ["/app-v1.tar", "/app-v2.tar"],
  ["/user/42/data.tar", "/user/43/data.tar"],
  ["/vm-101-20261121.vma", "/vm-102-20261121.vma"],
  ["/20261121-101.vma", "/20261121-102.vma"],
  ["/2026-11-21/101.tar", "/2026-11-21/102.tar"],
  ["/vm-101-disk-0.raw", "/vm-101-disk-1.raw", "/vm-102-disk-0.raw"],
  ["/192.168.1.10.cfg", "/192.168.1.11.cfg"],
  ["/2026-11-21-10.11.12.13.cfg", "/2026-11-21-10.11.12.14.cfg", "/2026-11-21-11.11.12.13.cfg"],
  ["/00-11-22-33-44-55.cfg", "/00-11-22-33-44-56.cfg"],
  ["/serial-4711009988776655.cfg", "/serial-4711009988776656.cfg"],
  ["/app-1.2.3.tar", "/app-1.2.4.tar"],
  ["/app-1.2.3-20261121.tar", "/app-1.2.4-20261121.tar"],
  ["/photos-2019.tar", "/photos-2020.tar"],
  ["/photos/2019/all.tar", "/photos/2020/all.tar"],
  ["/x-550e8400-e29b-41d4-a716-446655440000.tar", "/x-550e8400-e29b-41d4-a716-446655440001.tar"],
  ["/x-20261121-e29b-41d4-a716-446655440000.tar", "/x-20261122-e29b-41d4-a716-446655440000.tar"],
  ["/daily-20261121.tar", "/weekly-20261121.tar", "/monthly-20261121.tar"],
  ["/db-20261121.sql", "/db-202611.sql", "/db-2026-W47.sql", "/db-7.sql"],
  ["/20261121-sun.tar", "/20261121-mon.tar"],
  ["/sun-20261121.tar", "/mon-20261121.tar"],
  ["/db-2026-11-21-1.sql", "/db-2026-11-21-2.sql"],
  ["/db-2026-11-21a.sql", "/db-2026-11-21b.sql"],
  ["/a.sql", "/A.sql", "/a.sql.gz"],
  ["/full.tar", "/inc.tar", "/diff.tar"],
  ["/code-diff.patch", "/code-full.patch"],
  ["/game-level3.sav", "/game-level4.sav"],
  ["/a-{date}.tar", "/a-20261121.tar"],
  ["/2026-13-45.tar", "/2026-13-46.tar"],
  ["/x20261121123.tar", "/x20261121124.tar"],
];

test("names that a person would tell apart are several things", () => {
  for (const names of APART) {
    const patterns = names.map(namePattern);
    assert.equal(new Set(patterns).size, names.length, patterns.join("  "));
  }
});

test("what holds only changes is known by its level, never by a word in another name", () => {
  for (const name of ["/etc-20261121T033000Z-inc3.tar.gz", "/etc-inc3.tar", "/home-diff-20261121.tar", "/home-20261121-incremental.tar"])
    assert.equal(isIncrement(name), true, name);
  for (const name of ["/etc-20261121T033000Z-full.tar.gz", "/etc-20261121.tar", "/diff.tar", "/code-diff.patch", "/mozilla-inc.tar"])
    assert.equal(isIncrement(name), false, name);
});

const day = fc.date({ min: new Date("1990-01-01"), max: new Date("2048-01-01"), noInvalidDate: true });
const word = fc.stringMatching(/^[a-z]{1,12}$/).filter((text) => !/full|inc|diff|level/.test(text));
const FORMS: readonly ((iso: string) => string)[] = [
  (iso) => iso.slice(0, 10),
  (iso) => iso.slice(0, 10).replaceAll("-", ""),
  (iso) => iso.slice(0, 19),
  (iso) => `${iso.slice(0, 19).replace(/[-:]/g, "")}Z`,
  (iso) => iso.slice(0, 16).replace(/[-:T]/g, ""),
  (iso) => iso.slice(0, 16).replace("T", "_").replace(":", "-"),
  (iso) => `${iso.slice(8, 10)}.${iso.slice(5, 7)}.${iso.slice(0, 4)}`,
];

test("whatever the day, a name has the same pattern, and other words beside it have another", () => {
  fc.assert(
    fc.property(
      day,
      day,
      fc.constantFrom(...FORMS),
      word,
      word,
      fc.constantFrom("-", "_", ".", "/"),
      (one, other, form, name, second, gap) => {
        const pattern = (date: Date, text: string) => namePattern(`/${text}${gap}${form(date.toISOString())}.tar.gz`);
        assert.equal(pattern(one, name), `/${name}${gap}{date}.tar.gz`);
        assert.equal(pattern(other, name), pattern(one, name));
        if (name !== second) assert.notEqual(pattern(one, second), pattern(one, name));
      },
    ),
    { numRuns: 500 },
  );
});

test("names without a digit or a level have themselves for a pattern", () => {
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), fc.constantFrom("-", "_", ".", "/", " "), (words, gap) => {
      const name = `/${words.join(gap)}`;
      if (name.length <= 240) assert.equal(namePattern(name), name);
    }),
  );
});

test("a pattern has at most 240 bytes, tells long names apart, and takes no time to find", () => {
  const long = (end: string) => namePattern(`/${"ä".repeat(300)}-${end}-20261121.tar`);
  assert.equal(Buffer.byteLength(long("one")), 240);
  assert.notEqual(long("one"), long("two"));
  const awkward = fc.array(fc.constantFrom("2026", "11", "-", "21", "T", ".", "/", "full", "inc1", "{", "a", "1", "nov", "_", "sunday"), {
    minLength: 1,
    maxLength: 250,
    size: "max",
  });
  const startedAt = performance.now();
  fc.assert(
    fc.property(awkward, (pieces) => {
      const name = `/${pieces.join("")}`.slice(0, 1024);
      assert.ok(Buffer.byteLength(namePattern(name)) <= 240);
      assert.equal(namePattern(name), namePattern(name));
    }),
  );
  for (const piece of ["2026", "20261121T", "2026-11-", "-inc", "-full", "00-", "1.", "{", "2026/", "sunday-", " at "])
    namePattern(`/${piece.repeat(1024 / piece.length)}`);
  assert.ok(performance.now() - startedAt < 5000);
});
