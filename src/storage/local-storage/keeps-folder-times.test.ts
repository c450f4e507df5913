import assert from "node:assert/strict";
import { test } from "node:test";
import { isRemote } from "./is-remote.ts";
import { keepsFolderTimes } from "./keeps-folder-times.ts";

test("folders are believed on the usual local file systems, and never over a network, behind FUSE, or where nobody knows", () => {
  for (const local of [0xef53, 0x58465342, 0x01021994]) assert.deepEqual([keepsFolderTimes(local), isRemote(local)], [true, false]);
  for (const remote of [0x6969, 0xff534d42, 0x65735546, 0x01021997])
    assert.deepEqual([keepsFolderTimes(remote), isRemote(remote)], [false, true]);
  for (const other of [0, 0x4d44, 0x786f4256]) assert.equal(keepsFolderTimes(other), false);
});
