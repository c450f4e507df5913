import { crashTest } from "./crash-test.ts";

crashTest("a hub that is killed and started again three times keeps what it has acknowledged", { rounds: 3, seed: 20_261_121 });
