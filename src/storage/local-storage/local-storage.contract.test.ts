import { readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_LIMITS } from "#limits.ts";
import { driverContract } from "../driver.contract.ts";
import { LocalStorage } from "./local-storage.ts";

driverContract("local storage", async () => {
  const root = await mkdtemp(join(tmpdir(), "hf-"));
  const driver = await LocalStorage.open({ root, limits: DEFAULT_LIMITS, warn: () => undefined });
  return {
    driver,
    countOpenFiles: () => readdirSync("/dev/fd").length,
    [Symbol.asyncDispose]: () => rm(root, { recursive: true }),
  };
});
