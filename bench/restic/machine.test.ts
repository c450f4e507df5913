import assert from "node:assert/strict";
import { test } from "node:test";
import { fileSystemOf } from "./machine.ts";

test("a folder lies on the file system whose mount is nearest above it", () => {
  const mounts = "/dev/vda / ext4 rw,relatime 0 0\ntmpfs /tmp tmpfs rw 0 0\n/dev/vdb /tmp/backups xfs rw,noatime 0 0\n";
  assert.equal(fileSystemOf("/home/you", mounts), "ext4 (rw,relatime)");
  assert.equal(fileSystemOf("/tmp", mounts), "tmpfs (rw)");
  assert.equal(fileSystemOf("/tmp/backups/a", mounts), "xfs (rw,noatime)");
  assert.equal(fileSystemOf("/tmp/backups-old", mounts), "tmpfs (rw)");
  assert.equal(fileSystemOf("/tmp", ""), "unknown");
});
