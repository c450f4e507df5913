// `f_type` of file systems over a network or behind another process, where any call may wait for somebody: NFS, SMB (three
// numbers), FUSE, Ceph, 9P, AFS, Coda.
const REMOTE_TYPES: ReadonlySet<number> = new Set([
  0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x65735546, 0x00c36400, 0x01021997, 0x5346414f, 0x73757245,
]);

/** Whether a file system of this type (`f_type` of statfs) may keep any call waiting. */
export function isRemote(type: number): boolean {
  return REMOTE_TYPES.has(type);
}
