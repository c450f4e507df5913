import type { DiskFacts } from "../disk/disk.ts";
import type { Fingerprint } from "../driver.ts";
import { systemError } from "./memory-fault.ts";

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
  /** When a name was last given or taken away. */
  modifiedAtMs: number;
  names: Map<string, MemoryNode>;
  /** The names that a loss of power leaves for certain. */
  syncedNames: Map<string, MemoryNode>;
}

export type MemoryNode = MemoryFile | MemoryFolder;

/** An empty folder. */
export function memoryFolder({ inode, mode, modifiedAtMs }: Pick<MemoryFolder, "inode" | "mode" | "modifiedAtMs">): MemoryFolder {
  return { kind: "folder", inode, mode, modifiedAtMs, names: new Map(), syncedNames: new Map() };
}

/** Throws the system's error when it is none. */
export function asFile(node: MemoryNode): MemoryFile {
  if (node.kind !== "file") throw systemError("EISDIR");
  return node;
}

/** Throws the system's error when it is none. */
export function asFolder(node: MemoryNode): MemoryFolder {
  if (node.kind !== "folder") throw systemError("ENOTDIR");
  return node;
}

/** What a look at the node shows. */
export function factsOfNode(node: MemoryNode): DiskFacts {
  const { kind, mode, modifiedAtMs, inode } = node;
  if (node.kind === "folder") return { kind, mode, modifiedAtMs, sizeBytes: 0, fingerprint: `${inode}` as Fingerprint }; // made here only
  const fingerprint = `${modifiedAtMs}-${node.changes}-${node.bytes.length}-${inode}` as Fingerprint; // made here only
  return { kind, mode, modifiedAtMs, sizeBytes: node.bytes.length, fingerprint };
}

/** What all files below the folder have together, one with two names once. */
export function bytesBelow(folder: MemoryFolder): number {
  const files = new Set<MemoryFile>();
  const visit = (node: MemoryNode): void => {
    if (node.kind === "file") files.add(node);
    else for (const inner of node.names.values()) visit(inner);
  };
  visit(folder);
  return [...files].reduce((sum, { bytes }) => sum + bytes.length, 0);
}

/** Decides what a loss of power leaves of what was not synced. */
export interface Survival {
  /** Whether a name that was made, changed or removed since its folder's last sync is as it was at last. */
  keepsName(): boolean;
  /** How many of a file's bytes are left, which were not synced as they are; undefined for the bytes of the last sync. */
  keptBytes(lengthBytes: number): number | undefined;
}

/** One that `random` decides. */
export function randomSurvival(random: () => number): Survival {
  return {
    keepsName: () => random() < 0.5,
    keptBytes: (lengthBytes) => (random() < 0.5 ? undefined : Math.floor(random() * (lengthBytes + 1))),
  };
}

/**
 * What is left of `folder` after a loss of power. Each name that was made, changed or removed since the folder's last sync is there
 * or not as `survival` has it, whatever happened to other names; of bytes that were not synced some first part is left.
 */
export function afterPowerCut(folder: MemoryFolder, survival: Survival): MemoryFolder {
  const left = new Map<MemoryNode, MemoryNode>(); // a file with two names stays one file
  const survive = (node: MemoryNode): MemoryNode => {
    const known = left.get(node);
    if (known !== undefined) return known;
    // Another time: what is left of the names may be what the folder never had at any.
    const survivor = node.kind === "file" ? surviveFile(node, survival) : memoryFolder({ ...node, modifiedAtMs: node.modifiedAtMs + 1 });
    left.set(node, survivor);
    if (node.kind === "folder" && survivor.kind === "folder") {
      for (const name of new Set([...node.syncedNames.keys(), ...node.names.keys()])) {
        const [now, synced] = [node.names.get(name), node.syncedNames.get(name)];
        const picked = now === synced || survival.keepsName() ? now : synced;
        if (picked !== undefined) survivor.names.set(name, survive(picked));
      }
      survivor.syncedNames = new Map(survivor.names);
    }
    return survivor;
  };
  return survive(folder) as MemoryFolder; // a folder survives as a folder
}

function surviveFile(file: MemoryFile, survival: Survival): MemoryFile {
  if (file.syncedBytes === file.bytes) return { ...file };
  const keptBytes = survival.keptBytes(file.bytes.length);
  const bytes = keptBytes === undefined ? (file.syncedBytes ?? new Uint8Array()) : file.bytes.slice(0, keptBytes);
  return { ...file, bytes, syncedBytes: bytes };
}
