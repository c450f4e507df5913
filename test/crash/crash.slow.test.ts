import { crashTest } from "./crash-test.ts";

crashTest("a hub that is killed at random moments under load keeps what it has acknowledged", { rounds: 12, seed: 5 });
