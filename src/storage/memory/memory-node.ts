/** A file of a modelled disk. */
export interface MemoryFile {
  readonly kind: "file";
  readonly inode: number;
  bytes: Uint8Array;
  /** The bytes as a loss of power would leave them at the latest; undefined before the first sync. */
  syncedBytes: Uint8Array | undefined;
  /** Those of a sync that failed: no later one writes them. */
  forgottenBytes?: Uint8Array;
  mode: number;
  modifiedAtMs: number;
  /** Counts up with every change to the file or its names. */
  changes: number;
}

/** A folder of a modelled disk. */
export interface MemoryFolder {
  readonly kind: "folder";
  readonly inode: number;
  readonly mode: number;
  readonly modifiedAtMs: number;
  names: Map<string, MemoryNode>;
  /** The names that a loss of power leaves for certain. */
  syncedNames: Map<string, MemoryNode>;
}

export type MemoryNode = MemoryFile | MemoryFolder;

/** An empty folder. */
export function memoryFolder({ inode, mode, modifiedAtMs }: Pick<MemoryFolder, "inode" | "mode" | "modifiedAtMs">): MemoryFolder {
  return { kind: "folder", inode, mode, modifiedAtMs, names: new Map(), syncedNames: new Map() };
}

/**
 * What is left of `folder` after a loss of power. Each name that was made, changed or removed since the folder's last sync is there
 * or not as `random` has it, whatever happened to other names; of bytes that were not synced some first part is left.
 */
export function afterPowerCut(folder: MemoryFolder, random: () => number): MemoryFolder {
  const left = new Map<MemoryNode, MemoryNode>(); // a file with two names stays one file
  const survive = (node: MemoryNode): MemoryNode => {
    const known = left.get(node);
    if (known !== undefined) return known;
    const survivor = node.kind === "file" ? surviveFile(node, random) : memoryFolder(node);
    left.set(node, survivor);
    if (node.kind === "folder" && survivor.kind === "folder") {
      for (const name of new Set([...node.syncedNames.keys(), ...node.names.keys()])) {
        const picked = random() < 0.5 ? node.names.get(name) : node.syncedNames.get(name);
        if (picked !== undefined) survivor.names.set(name, survive(picked));
      }
      survivor.syncedNames = new Map(survivor.names);
    }
    return survivor;
  };
  return survive(folder) as MemoryFolder; // a folder survives as a folder
}

function surviveFile(file: MemoryFile, random: () => number): MemoryFile {
  const isSynced = file.syncedBytes === file.bytes;
  const written =
    random() < 0.5 ? (file.syncedBytes ?? new Uint8Array()) : file.bytes.slice(0, Math.floor(random() * (file.bytes.length + 1)));
  const bytes = isSynced ? file.bytes : written;
  return { ...file, bytes, syncedBytes: bytes };
}
