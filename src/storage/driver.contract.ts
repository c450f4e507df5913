import { contractTest, type OpenedDriver } from "./contract/contract-test.ts";
import { foldersContract } from "./contract/folders.contract.ts";
import { readingContract } from "./contract/reading.contract.ts";
import { trashContract } from "./contract/trash.contract.ts";
import { upkeepContract } from "./contract/upkeep.contract.ts";
import { uploadsContract } from "./contract/uploads.contract.ts";

/** What `driver.ts` promises, as tests; `openDriver` opens an empty one for each. Every driver and every wrapper runs them. */
export function driverContract(name: string, openDriver: () => Promise<OpenedDriver>): void {
  const test = contractTest(name, openDriver);
  uploadsContract(test);
  readingContract(test);
  upkeepContract(test);
  foldersContract(test);
  trashContract(test);
}
