import { DEFAULT_LIMITS } from "#limits.ts";
import { DiskDriver } from "../disk/disk-driver.ts";
import type { DiskOptions } from "../disk/disk-parts.ts";
import { MemoryDisk } from "./memory-disk.ts";
import type { FaultPlan } from "./memory-fault.ts";

export interface MemoryStorageOptions {
  /** Those of the hub by default. */
  readonly limits?: DiskOptions["limits"];
  /** Room for all files together; practically without end by default. */
  readonly capacityBytes?: number;
  readonly fileMode?: number;
  /** Takes a sentence for whoever runs the hub; thrown away by default. */
  readonly warn?: (message: string) => void;
  /** Sets the times of files; the machine's clock by default. */
  readonly clock?: () => number;
  /** Whether uploads write each chunk as it comes, asked before each; by default they gather them, as on a slow disk. */
  readonly writesAtOnce?: boolean | (() => boolean);
}

/**
 * Files in memory, for tests: the steps of storage on a real disk, in their order, on a modelled disk on which each can be made to
 * fail, and whose power can be cut.
 */
export class MemoryStorage extends DiskDriver {
  readonly #disk: MemoryDisk;
  readonly #options: MemoryStorageOptions;

  constructor(options: MemoryStorageOptions = {}, disk?: MemoryDisk) {
    const { limits = DEFAULT_LIMITS, capacityBytes = 2 ** 50, warn = () => undefined, clock = Date.now, writesAtOnce = false } = options;
    const own = disk ?? new MemoryDisk({ capacityBytes, clock, writesAtOnce });
    super(own, { limits, warn, ...(options.fileMode !== undefined && { fileMode: options.fileMode }) });
    this.#disk = own;
    this.#options = options;
  }

  /** From the next step on, counted from 0 again, `plan` says what goes wrong; nothing with undefined. */
  inject(plan: FaultPlan | undefined): void {
    this.#disk.inject(plan);
  }

  /** How many files are open. */
  get openFiles(): number {
    return this.#disk.openFiles;
  }

  /**
   * Cuts the power: whatever is under way here fails, and what was durable is in the storage that comes back, beside what `seed`
   * leaves of the rest.
   */
  powerCut(seed: number): MemoryStorage {
    return new MemoryStorage(this.#options, this.#disk.powerCut(seed));
  }
}
