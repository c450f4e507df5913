import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type Config, type ConfigSources, loadConfig } from "../config.ts";
import { ConfigError } from "./config-error.ts";
import { resolveSettings } from "./settings.ts";

/** A temporary folder with a configuration file in it, when `yaml` is given. */
function folder(yaml?: string): Disposable & { readonly path: string; readonly file: string } {
  const path = mkdtempSync(join(tmpdir(), "holdfast-config-"));
  const file = join(path, "holdfast.yaml");
  if (yaml !== undefined) writeFileSync(file, yaml);
  return { path, file, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

/** Without a file, unless the sources lead to one: whoever runs the tests may have a data folder of their own. */
function load({ flags = {}, environment = {}, workingDirectory = tmpdir() }: Partial<ConfigSources>): Config {
  const leadsToFile = "data" in flags || "config" in flags || "HOLDFAST_DATA" in environment || "HOLDFAST_CONFIG" in environment;
  return loadConfig({ flags, environment: leadsToFile ? environment : { ...environment, HOLDFAST_CONFIG: "/dev/null" }, workingDirectory });
}

/** The problems of a configuration that must not be accepted, as `key: message (origin)`. */
function problemsOf(sources: Partial<ConfigSources>): string[] {
  try {
    load(sources);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split("\n");
    throw error;
  }
  return [];
}

const fromYaml = (yaml: string): Config => {
  using place = folder(yaml);
  return load({ flags: { config: place.file } });
};

const problemsOfYaml = (yaml: string): string[] => {
  using place = folder(yaml);
  return problemsOf({ flags: { config: place.file } }).map((line) => line.replaceAll(place.path, "."));
};

const originOf = (config: Config, key: string) => config.settings.find((setting) => setting.key === key)?.origin;

test("a flag wins over the environment, that over the file, and that over the default", () => {
  using place = folder("listen: { restic: 127.0.0.1:3, main: 127.0.0.1:3 }\nlog: { level: warn }\n");
  const config = load({
    flags: { data: place.path, "listen.restic": "127.0.0.1:1" },
    environment: { HOLDFAST_LISTEN_RESTIC: "127.0.0.1:2", HOLDFAST_LISTEN_MAIN: "127.0.0.1:2", HOLDFAST_DATA: "elsewhere" },
  });
  assert.deepEqual(config.listeners.restic.address, { kind: "tcp", host: "127.0.0.1", port: 1 });
  assert.deepEqual(config.listeners.main.address, { kind: "tcp", host: "127.0.0.1", port: 2 });
  assert.equal(config.log.level, "warn");
  assert.equal(config.log.format, "text");
  assert.deepEqual(
    ["listen.restic", "listen.main", "log.level", "log.format"].map((key) => originOf(config, key)),
    ["--listen-restic", "HOLDFAST_LISTEN_MAIN", `${place.file}:2`, "default"],
  );
});

test("the file in the data folder is read without being named, and one that is named must be there", () => {
  using place = folder("listen: { main: off }\n");
  assert.equal(load({ flags: { data: place.path } }).listeners.main.address.kind, "off");
  assert.equal(load({ environment: { HOLDFAST_DATA: place.path } }).file, place.file);
  assert.match(problemsOf({ flags: { config: "/no/such.yaml" } }).join(), /There is no file \/no\/such\.yaml \(--config\)/);
  assert.match(problemsOf({ environment: { HOLDFAST_CONFIG: place.path } }).join(), /cannot be read/);
});

test("relative paths are relative to the file they stand in, and else to the working directory", () => {
  using place = folder("data: here\ntls: { restic: { enabled: true, cert: c.pem, key: k.pem } }\n");
  const config = load({ flags: { config: place.file } });
  assert.equal(config.data, join(place.path, "here"));
  assert.equal(config.listeners.restic.tls?.certPath, join(place.path, "c.pem"));
  assert.equal(load({ flags: { data: "here" }, workingDirectory: place.path }).data, join(place.path, "here"));
  assert.equal(load({ environment: { HOLDFAST_DATA: "here" }, workingDirectory: place.path }).data, join(place.path, "here"));
});

test("without a word the data folder lies beside the program, from whatever folder it is called", () => {
  const { data } = load({ environment: { HOLDFAST_CONFIG: "/dev/null" }, workingDirectory: "/" });
  assert.equal(data, join(import.meta.dirname, "../..", "holdfast-data"));
});

test("a file found in the data folder cannot send the hub to another one", () => {
  using place = folder("data: other\n");
  const { problems } = resolveSettings([], { workingDirectory: "/", defaultData: place.path });
  assert.deepEqual(
    problems.map(({ key, origin }) => [key, origin]),
    [["data", `${place.file}:1`]],
  );
  assert.equal(load({ flags: { data: place.path } }).data, place.path);
  assert.equal(load({ flags: { config: place.file } }).data, join(place.path, "other"));
});

test("unknown keys, variables and levels name the nearest right one, and all problems come at once", () => {
  assert.deepEqual(problemsOfYaml("listn: { main: off }\nlisten: { restc: off }\nlimits: { headerByte: 1 }\nzebra: 1\n"), [
    "listn: nothing is called so; did you mean listen? (./holdfast.yaml:1)",
    "listen.restc: nothing is called so; did you mean listen.restic? (./holdfast.yaml:2)",
    "limits.headerByte: nothing is called so; did you mean limits.headerBytes? (./holdfast.yaml:3)",
    "zebra: nothing is called so (./holdfast.yaml:4)",
  ]);
  assert.deepEqual(problemsOf({ environment: { HOLDFAST_LISTEN_RESTC: "off" } }), [
    "HOLDFAST_LISTEN_RESTC: nothing is called so; did you mean HOLDFAST_LISTEN_RESTIC? (environment)",
  ]);
});

test("variables of the tests, of other programs and empty ones set nothing", () => {
  const environment = { HOLDFAST_TEST_RUN: "1", LISTEN_MAIN: "x", HOLDFAST_DATABASE_URL: "", HOLDFAST_LOG_LEVEL: undefined };
  assert.equal(load({ environment }).databaseUrl, undefined);
});

test("a file that is no YAML, has a key twice or levels in the wrong place is refused with the line", () => {
  assert.match(problemsOfYaml("listen: {\n").join(), /\(\.\/holdfast\.yaml:\d\)/);
  assert.match(problemsOfYaml("log: { level: info }\nlog: { level: warn }\n").join(), /unique.*holdfast\.yaml:2/);
  assert.deepEqual(problemsOfYaml("listen: off\n"), ["listen: has keys below it, such as listen.main (./holdfast.yaml:1)"]);
  assert.deepEqual(problemsOfYaml("listen.main: off\n"), ["listen.main: is written in levels: listen: { main: ... } (./holdfast.yaml:1)"]);
  assert.deepEqual(problemsOfYaml("log:\n  level:\n"), ["log.level: has no value; give it one, or take the line out (./holdfast.yaml:2)"]);
  assert.deepEqual(problemsOfYaml("- a\n"), ["the file must have keys with values, such as data (./holdfast.yaml:1)"]);
});

test("an empty file and a level whose keys are all commented out are fine, and JSON is YAML too", () => {
  assert.equal(fromYaml("").log.level, "info");
  assert.equal(fromYaml("listen:\n  # main: off\n").listeners.main.address.kind, "tcp");
  assert.equal(fromYaml('{"log": {"level": "debug"}}').log.level, "debug");
});

test("a file larger than any configuration is refused", () => {
  assert.match(problemsOfYaml(`# ${"x".repeat(1024 * 1024)}\n`).join(), /more than 1048576 bytes/);
});

test("what YAML takes for a number is read as it was written where words are wanted", () => {
  const config = fromYaml("files: { mode: 0660 }\ntls: { restic: { enabled: true, minVersion: 1.3 } }\nnoAuth: { restic: 007 }\n");
  assert.deepEqual(config.files, { fileMode: 0o660, folderMode: 0o770 });
  assert.equal(config.listeners.restic.tls?.minVersion, "TLSv1.3");
  assert.equal(config.noAuth.restic, "007");
  assert.deepEqual(fromYaml("files: { mode: '0400' }").files, { fileMode: 0o400, folderMode: 0o700 });
});

test("every wrong value is refused with what would be right", () => {
  const refused: [key: string, text: string, sentence: RegExp][] = [
    ["listen.main", "9898", /must be host:port/],
    ["tls.main.enabled", "yes", /must be true or false/],
    ["tls.main.minVersion", "1.1", /must be 1\.2 or 1\.3/],
    ["publicUrl.main", "backup.example.org", /must be an http:\/\/ or https:\/\/ URL/],
    ["publicUrl.main", "https://user:secret@backup.example.org", /must be an http:\/\/ or https:\/\/ URL/],
    ["publicUrl.main", "https://backup.example.org/?a=b", /must be an http:\/\/ or https:\/\/ URL/],
    ["publicUrl.main", "https://a.example.org,ftp://b.example.org", /must be an http:\/\/ or https:\/\/ URL/],
    ["noAuth.restic", "keys", /must be the name of an account/],
    ["proxy.peers", "10.0.0.0/33", /must be an IP address, a network/],
    ["proxy.peers", "0.0.0.0/0", /never \/0/],
    ["proxy.userHeader", "X User", /must be the name of a header/],
    ["files.mode", "0777", /must be 0600, 0400 or 0660/],
    ["log.level", "loud", /must be debug, info, warn or error/],
    ["log.format", "xml", /must be text or json/],
    ["limits.headerBytes", "0", /must be a whole number from 1/],
    ["limits.headerBytes", "1.5", /must be a whole number from 1/],
    ["limits.headerBytes", "", /must be a whole number from 1/],
    ["limits.headersTimeoutMs", "3000000000", /must be a whole number from 1 to 2147483647/],
    ["limits.reserveShare", "1.1", /must be a number above 0 and at most 1/],
    ["databaseUrl", "mysql://root:secret@localhost/x", /must be a postgres:\/\/ URL/],
  ];
  for (const [key, text, sentence] of refused) {
    const problems = problemsOf({ flags: { [key]: text } });
    assert.equal(problems.length, 1, `${key} ${text}`);
    assert.match(problems[0] ?? "", sentence);
    assert.ok(!problems.join().includes("secret"), "a refusal shows no password");
  }
});

test("lists are written with commas in flags and variables, and as lists in the file", () => {
  assert.deepEqual(load({ flags: { "proxy.peers": "127.0.0.1, 10.0.0.0/8,unix" } }).proxy.peers, ["127.0.0.1", "10.0.0.0/8", "unix"]);
  assert.deepEqual(fromYaml("proxy: { peers: [fd00::/8] }").proxy.peers, ["fd00::/8"]);
  const urls = ["https://backup.example.org", "http://10.0.0.1:8000/restic/"];
  assert.deepEqual(load({ environment: { HOLDFAST_PUBLIC_URL_RESTIC: urls.join(",") } }).listeners.restic.publicUrls, urls);
  assert.deepEqual(fromYaml("publicUrl: { main: https://a.example.org }").listeners.main.publicUrls, ["https://a.example.org"]);
});

test("the password of the database is in the configuration and never among what is shown", () => {
  const url = "postgres://holdfast:secret@db.example.org/holdfast?sslpassword=secret";
  const config = load({ environment: { HOLDFAST_DATABASE_URL: url } });
  assert.equal(config.databaseUrl, url);
  const shown = config.settings.find(({ key }) => key === "databaseUrl")?.value;
  assert.equal(shown, "postgres://holdfast:***@db.example.org/holdfast?sslpassword=***");
});

test("TLS takes its pair from the data folder or from two paths, and paths without TLS are an error (RS-13)", () => {
  const tls = (flags: Record<string, string>) => load({ flags: { data: "/srv/d", ...prefixed(flags) } }).listeners.restic.tls;
  const refusal = (flags: Record<string, string>) => problemsOf({ flags: { data: "/srv/d", ...prefixed(flags) } }).join("\n");
  const prefixed = (flags: Record<string, string>) =>
    Object.fromEntries(Object.entries(flags).map(([name, value]) => [`tls.restic.${name}`, value]));

  assert.equal(tls({}), undefined);
  assert.deepEqual(tls({ enabled: "true" }), { certPath: "/srv/d/tls/cert.pem", keyPath: "/srv/d/tls/key.pem", minVersion: "TLSv1.2" });
  assert.deepEqual(tls({ enabled: "true", cert: "/c", key: "/k" }), { certPath: "/c", keyPath: "/k", minVersion: "TLSv1.2" });
  assert.match(refusal({ enabled: "true", cert: "/c" }), /^tls\.restic\.cert: needs tls\.restic\.key beside it/);
  assert.match(refusal({ enabled: "true", key: "/k" }), /^tls\.restic\.key: needs tls\.restic\.cert beside it/);
  assert.match(refusal({ cert: "/c" }), /^tls\.restic\.cert: is given, but tls\.restic\.enabled is not true/);
  assert.match(refusal({ key: "/k" }), /^tls\.restic\.key: is given, but tls\.restic\.enabled is not true/);
});

test("clear text beyond loopback has to be asked for by name", () => {
  for (const address of ["0.0.0.0:8000", ":8000", "[::]:8000", "192.0.2.1:8000", "nas.lan:8000"]) {
    assert.match(problemsOf({ flags: { "listen.restic": address } }).join(), /allow it with clearText\.restic: true/, address);
    load({ flags: { "listen.restic": address, "clearText.restic": "true" } });
    load({ flags: { "listen.restic": address, "tls.restic.enabled": "true" } });
  }
  for (const address of ["127.0.0.1:0", "[::1]:8000", "localhost:8000", "unix:/run/holdfast.sock?mode=0660", "off"]) {
    load({ flags: { "listen.restic": address } });
  }
  assert.match(problemsOf({ flags: { "listen.main": ":1", "clearText.restic": "true" } }).join(), /clearText\.main/);
});

test("requests without a login are only taken where no stranger can send one (RS-14)", () => {
  assert.equal(load({ flags: { "noAuth.restic": "laptop" } }).noAuth.restic, "laptop");
  load({ flags: { "noAuth.restic": "laptop", "listen.restic": "unix:/run/h.sock" } });
  const open = { "noAuth.restic": "laptop", "listen.restic": ":8000", "tls.restic.enabled": "true" };
  assert.match(problemsOf({ flags: open }).join(), /^noAuth\.restic: needs listen\.restic on loopback or a unix socket/);
});

test("a header that names the user is worth nothing without the proxies that may send it", () => {
  assert.match(problemsOf({ flags: { "proxy.userHeader": "X-User" } }).join(), /^proxy\.userHeader: needs proxy\.peers/);
  const { proxy } = load({ flags: { "proxy.userHeader": "X-User", "proxy.peers": "unix" } });
  assert.deepEqual(proxy, { peers: ["unix"], userHeader: "X-User" });
});

test("a limit is overridden by its name, the others stay, and nothing of the configuration can be changed later", () => {
  const config = load({ flags: { "limits.repositoryDepth": "3", "limits.reserveShare": "0.5" } });
  assert.equal(config.limits.repositoryDepth, 3);
  assert.equal(config.limits.reserveShare, 0.5);
  assert.equal(config.limits.headerFields, 64);
  for (const frozen of [config, config.limits, config.listeners.restic, config.listeners.restic.address, config.proxy.peers]) {
    assert.ok(Object.isFrozen(frozen));
  }
});

test("certificates of clients need TLS and an authority, and an authority that nobody is asked for is an error", () => {
  const at = (flags: Record<string, string>) =>
    loadConfig({ flags: { data: "/tmp", ...flags }, environment: {}, workingDirectory: "/work" });
  const tls = { "tls.restic.enabled": "true" };
  const asked = { ...tls, "tls.restic.clientCa": "ca.pem", "tls.restic.clientCertificate": "require" };
  assert.deepEqual(at(asked).listeners.restic.tls?.clients, { caPath: "/work/ca.pem", required: true });
  assert.equal(at({ ...asked, "tls.restic.clientCertificate": "request" }).listeners.restic.tls?.clients?.required, false);
  assert.equal(at(tls).listeners.restic.tls?.clients, undefined);
  assert.throws(() => at({ ...tls, "tls.restic.clientCertificate": "request" }), /clientCertificate.*needs tls\.restic\.clientCa/);
  assert.throws(() => at({ ...tls, "tls.restic.clientCa": "ca.pem" }), /clientCa.*tls\.restic\.clientCertificate is off/);
  assert.throws(() => at({ ...asked, "tls.restic.enabled": "false" }), /clientCertificate.*tls\.restic\.enabled is not true/);
  assert.throws(() => at({ ...asked, "tls.restic.clientCertificate": "maybe" }), /must be off, request or require/);
});

test("what the hub may call, and where its master key lies, can be said", () => {
  assert.deepEqual(load({}).outgoing.allow, ["private"]);
  assert.equal(load({}).masterKeyFile, undefined);
  const config = load({ environment: { HOLDFAST_OUTGOING_ALLOW: "loopback,10.0.0.0/8,fe80::1", HOLDFAST_MASTER_KEY_FILE: "/run/key" } });
  assert.deepEqual([config.outgoing.allow, config.masterKeyFile], [["loopback", "10.0.0.0/8", "fe80::1"], "/run/key"]);
  for (const wrong of ["everything", "0.0.0.0/0", "unix", "localhost"]) {
    assert.throws(() => load({ flags: { "outgoing.allow": wrong } }), /outgoing\.allow: must be private, loopback/);
  }
});
