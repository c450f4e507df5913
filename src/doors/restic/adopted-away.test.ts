import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { carryOutImport } from "#domain/imports/carry-out-import.ts";
import { planImport } from "#domain/imports/plan-import.ts";
import { OPERATOR } from "#model/actor.ts";
import { startDoorHub } from "../../../test/support/door-hub.ts";
import { noSmallDisk } from "../../../test/support/small-disk.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";

const SIGNAL = new AbortController().signal;
const ID = "0".repeat(64);

function layOut(folder: string, config: string): void {
  for (const name of ["keys", "locks", "snapshots", "index", "data/00"]) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, "config"), config);
  for (const name of [`keys/${ID}`, `data/00/${ID}`]) writeFileSync(join(folder, name), config);
}

test("an adopted folder whose disk is unmounted is 503 for every request, whatever lies below the mount point", {
  skip: noSmallDisk(),
}, async () => {
  await using top = await tempFolder();
  const folder = join(top.path, "disk");
  mkdirSync(folder);
  layOut(folder, "stale");
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", folder]);
  let isMounted = true;
  const unmount = () => {
    if (isMounted) execFileSync("umount", ["--lazy", folder]);
    isMounted = false;
  };
  using _ = { [Symbol.dispose]: unmount };
  layOut(folder, "right");

  await using door = await startDoorHub();
  const core = door.hub.core;
  const input = { folder, htpasswd: "", privateRepos: false, appendOnly: false, maxSizeBytes: undefined, updatePasswords: false };
  await carryOutImport(
    core,
    OPERATOR,
    await planImport(core, core.limits, { ...input, at: "/restic/old/", dataFolder: door.data }, SIGNAL),
    SIGNAL,
  );
  assert.equal((await door.send("GET", "/old/config")).body.toString(), "right");

  unmount();
  const asked = [
    ["GET", "config"],
    ["HEAD", "config"],
    ["GET", `keys/${ID}`],
    ["HEAD", `keys/${ID}`],
    ["GET", `data/${ID}`],
    ["GET", `data/${ID.replace("0", "1")}`],
    ["GET", "keys/"],
    ["GET", "data/"],
    ["GET", "locks/"],
    ["DELETE", `keys/${ID}`],
  ] as const;
  const answers = [];
  for (const [method, name] of asked) answers.push(`${method} ${name} ${(await door.send(method, `/old/${name}`)).status}`);
  for (const [name, body] of [
    ["config", "new"],
    [`keys/${ID}`, "stale"],
  ] as const) {
    answers.push(`POST ${name} ${(await door.send("POST", `/old/${name}`, { body })).status}`);
  }
  assert.deepEqual(
    answers.filter((answer) => !answer.endsWith(" 503")),
    [],
  );
});
