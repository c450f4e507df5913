// `f_type` of local file systems known to give a folder a new time of change with each name that comes or goes, and to show it at once:
// ext2 to ext4, XFS, Btrfs, ZFS, F2FS, bcachefs, tmpfs, ramfs, overlayfs.
const KNOWN_TYPES: ReadonlySet<number> = new Set([
  0xef53, 0x58465342, 0x9123683e, 0x2fc12fc1, 0xf2f52010, 0xca451a4e, 0x01021994, 0x858458f6, 0x794c7630,
]);

/**
 * Whether the times of folders on a file system of this type (`f_type` of statfs) tell of every change. Not over a network, where other
 * machines' changes show late, nor behind FUSE, where folders may keep no times at all, nor anywhere that is not known to.
 */
export function keepsFolderTimes(type: number): boolean {
  return KNOWN_TYPES.has(type);
}
