// `f_type` of file systems over a network, in a cluster or behind another process, where any call may wait for somebody; the numbers are
// those of the kernel's `magic.h` and of coreutils' `stat`.
const REMOTE_TYPES: ReadonlySet<number> = new Set([
  ...[0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x564c], // NFS, SMB (three numbers), NCP
  ...[0x65735546, 0x01021997, 0x786f4256, 0xbacbacbc, 0x7c7c6673], // FUSE, 9P, the folders of VirtualBox, VMware and Parallels
  ...[0x5346414f, 0x6b414653, 0x73757245], // AFS (two numbers), Coda
  ...[0x00c36400, 0x0bd00bd0, 0x47504653, 0x19830326, 0xaad7aaea, 0xbeefdead], // Ceph, Lustre, GPFS, BeeGFS, PanFS, StorNext
  ...[0x01161970, 0x7461636f], // GFS2, OCFS2
]);

/** Whether a file system of this type (`f_type` of statfs) may keep any call waiting. */
export function isRemote(type: number): boolean {
  return REMOTE_TYPES.has(type);
}
