import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { testEnvironment } from "../../test/clients/run-program.ts";
import { runCommand } from "../../test/support/run-command.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";

/** The command line over a data folder with the account `laptop`. */
async function commandLine() {
  const folder = await tempFolder();
  const env = testEnvironment({ HOLDFAST_DATA: join(folder.path, "data") });
  const run = (args: readonly string[], stdin?: string) => runCommand({ args, cwd: folder.path, env, stdin });
  const lines = async (...args: string[]): Promise<string[]> => {
    const { code, stdout, stderr } = await run(args);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" }, args.join(" "));
    return stdout.trimEnd().split("\n");
  };
  await lines("account", "add", "laptop");
  return {
    run,
    lines,
    async json<Value>(...args: string[]): Promise<Value> {
      return JSON.parse((await lines(...args, "--json")).join("\n")) as Value; // the test says what it expects
    },
    async refusal(...args: string[]): Promise<string> {
      const { code, stdout, stderr } = await run(args);
      assert.deepEqual({ code, stdout }, { code: 1, stdout: "" }, args.join(" "));
      assert.match(stderr, /^holdfast: [^\n]+\n$/);
      return stderr;
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

type Listed = { readonly login: string; readonly [field: string]: unknown };

test("a login is added with its bounds, listed, changed, rotated, disabled, enabled and removed", async () => {
  await using holdfast = await commandLine();
  const bounds = ["--label", "the NAS", "--most-role", "backup", "--expires", "2099-01-01", "--from", "192.0.2.0/24", "--from", "unix"];
  const added = await holdfast.json<{ login: string; password: string; url: string }>(
    "credential",
    "add",
    "laptop",
    "--name",
    "nas2",
    ...bounds,
  );
  assert.equal(added.login, "laptop.nas2");
  assert.equal(added.url, `http://laptop.nas2:${added.password}@127.0.0.1:8000/laptop/`);
  const list = async () => await holdfast.json<Listed[]>("credential", "list", "laptop");
  const nas = async () => (await list()).find(({ login }) => login === "laptop.nas2") ?? { login: "" };
  assert.deepEqual(await nas(), {
    account: "laptop",
    login: "laptop.nas2",
    kind: "password",
    certificate: null,
    label: "the NAS",
    createdAt: (await nas())["createdAt"],
    expiresAt: "2099-01-01T00:00:00.000Z",
    disabledAt: null,
    from: ["192.0.2.0/24", "unix"],
    mostRole: "backup",
    oldPasswordUntil: null,
    lastUsedAt: null,
    lastUsedAddress: null,
  });
  assert.doesNotMatch(JSON.stringify(await list()), new RegExp(`argon2|${added.password}`));

  await holdfast.lines("credential", "set", "laptop.nas2", "--label", "none", "--expires", "none", "--from", "none", "--most-role", "none");
  const { label, expiresAt, from, mostRole } = await nas();
  assert.deepEqual([label, expiresAt, from, mostRole], [null, null, [], null]);

  const rotated = await holdfast.json<Record<string, string>>("credential", "rotate", "laptop.nas2", "--overlap", "24h");
  assert.notEqual(rotated["password"], added.password);
  assert.equal((await nas())["oldPasswordUntil"], rotated["oldPasswordUntil"]);
  await holdfast.lines("account", "rotate", "laptop.nas2");
  assert.equal((await nas())["oldPasswordUntil"], null);

  assert.match(
    (await holdfast.lines("credential", "disable", "laptop.nas2")).join(),
    /next request on; a transfer that is under way may end/,
  );
  assert.match((await holdfast.lines("credential", "list")).join("\n"), /laptop\.nas2 +disabled \d{4}/);
  await holdfast.lines("credential", "enable", "laptop.nas2");
  assert.equal((await nas())["disabledAt"], null);
  await holdfast.lines("credential", "remove", "laptop.nas2");
  assert.deepEqual(
    (await list()).map(({ login }) => login),
    ["laptop"],
  );
  assert.match((await holdfast.lines("credential", "remove", "laptop")).join(), /has no other/);
  assert.match((await holdfast.lines("access", "show", "laptop")).join(), /laptop has no login/);
});

test("access show tells what each login may do where, as sentences and as parts", async () => {
  await using holdfast = await commandLine();
  await holdfast.lines("credential", "add", "laptop", "--certificate", "laptop.lan", "--name", "cert", "--most-role", "read");
  await holdfast.lines("grant", "add", "laptop", "/shared", "--role", "backup");
  assert.deepEqual(await holdfast.lines("access", "show", "laptop", "--login", "LAPTOP.cert"), [
    "laptop.cert may read /laptop/ and below, and change nothing but locks (role read at most by this login; the grant on /laptop/ gives its account maintain).",
    "laptop.cert may read /shared/ and below, and change nothing but locks (role read at most by this login; the grant on /shared/ gives its account backup).",
    "laptop.cert signs in with the certificate laptop.lan.",
  ]);
  const [first] = await holdfast.json<Record<string, unknown>[]>(
    "access",
    "show",
    "laptop",
    "--login",
    "laptop",
    "--path",
    "shared/photos",
  );
  const sentence =
    "laptop may read and add backups to /shared/photos/, and remove nothing but locks (role backup by the grant on /shared/)";
  const place = { path: "/shared/photos/", role: "backup", grantPath: "/shared/", below: false, except: [] };
  assert.deepEqual(first, { login: "laptop", kind: "may", ...place, sentence });
  assert.match(await holdfast.refusal("access", "show", "laptop", "--login", "nobody"), /no such login/);
  assert.match(await holdfast.refusal("access", "show", "nobody"), /nobody/);
});

test("what cannot be done to a login is one line and exit code 1", async () => {
  await using holdfast = await commandLine();
  await holdfast.lines("credential", "add", "laptop", "--certificate", "laptop.lan", "--name", "cert");
  const refused: [args: string, reason: RegExp][] = [
    ["add nobody", /no account called nobody/],
    ["add laptop --name a.b", /letters, digits and _ - @/],
    ["add laptop --name CERT", /taken, or was once/],
    ["add laptop --certificate LAPTOP.lan", /already signs in as laptop\.cert/],
    ["add laptop --expires 2020-01-01", /in the future/],
    ["add laptop --expires soon", /--expires takes/],
    ["add laptop --from nas", /An address is an IP/],
    ["list nobody", /no account called nobody/],
    ["set laptop", /Nothing to set/],
    ["set nobody --label x", /no login nobody/],
    ["rotate laptop --overlap 1y", /--overlap takes/],
    ["rotate laptop --overlap 91d", /at most 90 days/],
    ["rotate laptop.cert", /A certificate has no password/],
    ["disable nobody", /no login nobody/],
    ["enable nobody", /no login nobody/],
    ["remove nobody", /no login nobody/],
  ];
  for (const [args, reason] of refused) assert.match(await holdfast.refusal("credential", ...args.split(" ")), reason, args);
  const role = await holdfast.run(["credential", "add", "laptop", "--most-role", "owner"]);
  assert.equal(role.code, 2);
  const short = await holdfast.run(["credential", "add", "laptop", "--password-stdin"], "short\n");
  assert.match(short.stderr, /at least 8 characters/);
});
