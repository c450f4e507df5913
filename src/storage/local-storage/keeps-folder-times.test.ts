import assert from "node:assert/strict";
import { test } from "node:test";
import { isRemote } from "./is-remote.ts";
import { keepsFolderTimes } from "./keeps-folder-times.ts";

// `f_type` as the kernel's `magic.h` and coreutils' `stat` name them.
const LOCAL = {
  ext4: 0xef53,
  XFS: 0x58465342,
  Btrfs: 0x9123683e,
  ZFS: 0x2fc12fc1,
  F2FS: 0xf2f52010,
  bcachefs: 0xca451a4e,
  tmpfs: 0x01021994,
  ramfs: 0x858458f6,
  overlayfs: 0x794c7630,
};
const REMOTE = {
  NFS: 0x6969,
  "SMB 1": 0x517b,
  CIFS: 0xff534d42,
  "SMB 2": 0xfe534d42,
  NCP: 0x564c,
  FUSE: 0x65735546,
  "9P": 0x01021997,
  VirtualBox: 0x786f4256,
  VMware: 0xbacbacbc,
  Parallels: 0x7c7c6673,
  AFS: 0x5346414f,
  "kernel AFS": 0x6b414653,
  Coda: 0x73757245,
  Ceph: 0x00c36400,
  Lustre: 0x0bd00bd0,
  GPFS: 0x47504653,
  BeeGFS: 0x19830326,
  PanFS: 0xaad7aaea,
  StorNext: 0xbeefdead,
  GFS2: 0x01161970,
  OCFS2: 0x7461636f,
};
const OTHER = { none: 0, FAT: 0x4d44, exFAT: 0x2011bab0, proc: 0x9fa0, HFS: 0x482b };

test("folders are believed on the usual local file systems, and never over a network, behind FUSE, or where nobody knows", () => {
  for (const [name, type] of Object.entries(LOCAL)) assert.deepEqual([keepsFolderTimes(type), isRemote(type)], [true, false], name);
  for (const [name, type] of Object.entries(REMOTE)) assert.deepEqual([keepsFolderTimes(type), isRemote(type)], [false, true], name);
  for (const [name, type] of Object.entries(OTHER)) assert.deepEqual([keepsFolderTimes(type), isRemote(type)], [false, false], name);
});
