import { driverContract } from "../driver.contract.ts";
import { MemoryStorage } from "./memory-storage.ts";

driverContract("memory", async () => {
  const driver = new MemoryStorage();
  return { driver, countOpenFiles: () => driver.openFiles, [Symbol.asyncDispose]: () => driver[Symbol.asyncDispose]() };
});

driverContract("memory whose uploads write each chunk at once", async () => {
  const driver = new MemoryStorage({ writesAtOnce: true });
  return { driver, countOpenFiles: () => driver.openFiles, [Symbol.asyncDispose]: () => driver[Symbol.asyncDispose]() };
});
