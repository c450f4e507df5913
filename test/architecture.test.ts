import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "node:test";

const ROOT = resolve(import.meta.dirname, "..");

/** What programs beside the hub may look into. */
const HOUSE = [
  "main",
  "hub",
  "workers",
  "gate",
  "doors",
  "domain",
  "storage",
  "db",
  "events",
  "jobs",
  "peers",
  "http",
  "model",
  "lib",
  "limits",
  "config",
  "cli",
];

/** Which rooms a room's files may import, besides their own (design: "The house"). `lib`, `model` and `limits` lie under all. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  model: [],
  limits: [],
  lib: ["limits"],
  http: ["model", "lib", "limits"],
  storage: ["model", "lib", "limits"],
  db: ["model", "lib", "limits"],
  events: ["model", "lib", "limits"],
  // What is to be done comes in by name: it knows no verb.
  jobs: ["db", "events", "model", "lib", "limits"],
  // Services that we call.
  peers: ["model", "lib", "limits"],
  domain: ["storage", "db", "events", "peers", "model", "lib", "limits"],
  doors: ["domain", "http", "model", "lib", "limits"],
  gate: ["doors", "http", "model", "lib", "limits"],
  config: ["model", "lib", "limits"],
  hub: ["gate", "doors", "domain", "storage", "db", "events", "jobs", "peers", "http", "model", "lib", "limits", "config"],
  // The same hub in several processes: the primary and the workers that serve for it.
  workers: ["hub", "gate", "domain", "events", "config", "lib", "model", "limits"],
  main: ["hub", "workers", "config", "lib", "model", "limits"],
  // Above the hub: the command line calls the verbs; tests look into every room.
  cli: ["main", "hub", "workers", "domain", "config", "model", "lib", "limits"],
  test: [...HOUSE, "scripts"],
  scripts: ["test", "lib"],
  bench: [...HOUSE, "test"],
};

interface SourceFile {
  readonly path: string;
  readonly room: string;
  readonly imports: readonly string[];
}

const FILES = globSync(["src/**/*.ts", "cli/**/*.ts", "test/**/*.ts", "scripts/**/*.ts", "bench/**/*.ts"], { cwd: ROOT }).map(readSource);

function readSource(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), "utf8");
  const imports = [
    ...text.matchAll(
      /^(?:import|export)\s[^"';]*?from\s+"(?<from>[^"]+)"|\bimport\(\s*"(?<dynamic>[^"]+)"\s*\)|^import\s+"(?<bare>[^"]+)"|new URL\("(?<url>\.[^"]+\.ts)"/gm,
    ),
  ].map(({ groups }) => groups?.["from"] ?? groups?.["dynamic"] ?? groups?.["bare"] ?? groups?.["url"] ?? "");
  return { path, room: roomOf(path), imports };
}

/** The folder below src, or the file itself for those that lie directly in it. */
function roomOf(path: string): string {
  const [top = "", second = ""] = path.split("/");
  return top === "src" ? second.replace(/\.ts$/, "") : top;
}

function resolveImport(file: SourceFile, specifier: string): string | undefined {
  if (specifier.startsWith("#")) return `src/${specifier.slice(1)}`;
  if (specifier.startsWith(".")) return relative(ROOT, resolve(ROOT, dirname(file.path), specifier));
  return undefined;
}

const isTest = (path: string) => path.endsWith(".test.ts") || path.startsWith("test/");

test("every import goes to a room that this room may know", () => {
  const wrong: string[] = [];
  for (const file of FILES) {
    const allowed = isTest(file.path) ? [...(MAY_IMPORT["test"] ?? []), "test"] : (MAY_IMPORT[file.room] ?? []);
    for (const specifier of file.imports) {
      const target = resolveImport(file, specifier);
      if (target === undefined) continue;
      const room = roomOf(target);
      if (room !== file.room && !allowed.includes(room)) wrong.push(`${file.path} imports ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(FILES.length > 40, "the files were not found");
});

test("every folder of the project is a room that this test knows", () => {
  assert.deepEqual(
    [...new Set(FILES.map((file) => file.room))].filter((room) => !(room in MAY_IMPORT)),
    [],
  );
});

test("a door does not know another door", () => {
  const door = (path: string) => /^src\/doors\/(?<door>[^/]+)\//.exec(path)?.groups?.["door"];
  const wrong = FILES.filter((file) => !isTest(file.path)).flatMap((file) =>
    file.imports
      .map((specifier) => resolveImport(file, specifier))
      .filter(
        (target) => target !== undefined && door(file.path) !== undefined && door(target) !== undefined && door(target) !== door(file.path),
      )
      .map((target) => `${file.path} imports ${target}`),
  );
  assert.deepEqual(wrong, []);
});

test("no file imports itself by way of others, types aside", () => {
  const arrows = new Map<string, string[]>();
  for (const file of FILES) {
    const text = readFileSync(join(ROOT, file.path), "utf8");
    const targets = file.imports
      .filter((specifier) => !new RegExp(`import type [^"]*"${specifier.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}"`).test(text))
      .map((specifier) => resolveImport(file, specifier));
    arrows.set(
      file.path,
      targets.filter((target) => target !== undefined),
    );
  }
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]): void => {
    assert.ok(!way.includes(path), `cycle: ${[...way.slice(way.indexOf(path)), path].join(" -> ")}`);
    if (done.has(path)) return;
    for (const next of arrows.get(path) ?? []) visit(next, [...way, path]);
    done.add(path);
  };
  for (const path of arrows.keys()) visit(path, []);
});

test("an import inside a room is relative, one across a wall begins with #, and its path ends in .ts", () => {
  const wrong: string[] = [];
  for (const file of FILES.filter(({ path }) => path.startsWith("src/") && !isTest(path))) {
    for (const specifier of file.imports) {
      const target = resolveImport(file, specifier);
      if (target === undefined) continue;
      const sameRoom = roomOf(target) === file.room;
      if (specifier.startsWith("#") === sameRoom || !/\.(ts|json)$/.test(specifier)) wrong.push(`${file.path}: ${specifier}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test("only config.ts reads the environment", () => {
  const readers = FILES.filter(
    ({ path }) => path.startsWith("src/") && !isTest(path) && /process\.env\b/.test(readFileSync(join(ROOT, path), "utf8")),
  );
  assert.deepEqual(
    readers.map(({ path }) => path).filter((path) => path !== "src/config.ts" && !path.startsWith("src/config/")),
    [],
  );
});
