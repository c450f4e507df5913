import { parentPort } from "node:worker_threads";
import type { HashAnswer, HashQuestion } from "./htpasswd-verifier.ts";
import { verifyHtpasswd } from "./verify-htpasswd.ts";

// The thread that checks passwords against hashes of htpasswd files; started by HtpasswdVerifier.
if (parentPort === null) throw new Error("This file runs in a thread");
const port = parentPort;
port.on("message", ({ id, hash, secret }: HashQuestion) => {
  port.postMessage({ id, right: verifyHtpasswd(hash, secret) } satisfies HashAnswer);
});
