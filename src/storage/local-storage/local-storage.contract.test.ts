import { readdirSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
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

// Where the tests of the contract put most of their files. `repository/data` parts a repository from its temporary files, which only
// people's links do; the others are what is adopted: a folder of its own with everything in it.
for (const prefixes of [["r"], ["repository/data"], ["r/data", "many", "sizes", "aborted", "f/g"]]) {
  driverContract(`local storage with ${prefixes.join(", ")} elsewhere`, async () => {
    const top = await mkdtemp(join(tmpdir(), "hf-"));
    const paths = await Promise.all(
      prefixes.map(async (prefix, index) => {
        const folder = join(top, `elsewhere-${index}`);
        await mkdir(folder);
        await writeFile(join(folder, ".hub-sign"), ""); // an empty one counts as not mounted; no listing shows this
        return { prefix, folder, mount: undefined };
      }),
    );
    const driver = await LocalStorage.open({ root: join(top, "root"), paths, limits: DEFAULT_LIMITS, warn: () => undefined });
    return {
      driver,
      countOpenFiles: () => readdirSync("/dev/fd").length,
      [Symbol.asyncDispose]: () => rm(top, { recursive: true }),
    };
  });
}
