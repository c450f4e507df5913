import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { Job, JobAnswer, Jobs } from "./load-jobs.ts";

/** The process that makes the load, as the bench sees it: one job at a time. Leaving its scope ends it. */
export class LoadClient implements Disposable {
  readonly #child: ChildProcess;
  readonly #onAbort = () => this.#child.kill("SIGKILL");
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    this.#child = fork(join(import.meta.dirname, "load-process.ts"), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    signal.addEventListener("abort", this.#onAbort);
  }

  /** Does a job and resolves to what came out. Rejects when an answer of the server was not the expected one. */
  async run<Kind extends keyof Jobs>(job: Jobs[Kind]["job"] & { readonly kind: Kind }): Promise<Jobs[Kind]["result"]> {
    this.#signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<JobAnswer>();
    const onExit = () => reject(new Error("The load process has ended"));
    this.#child.once("message", resolve).once("exit", onExit);
    try {
      this.#child.send(job as Job);
      const answer = await promise;
      if ("error" in answer) throw new Error(answer.error);
      return answer.result as Jobs[Kind]["result"]; // the load process answers each kind with its own
    } finally {
      this.#child.removeListener("message", resolve).removeListener("exit", onExit);
    }
  }

  [Symbol.dispose](): void {
    this.#signal.removeEventListener("abort", this.#onAbort);
    this.#child.kill("SIGKILL");
  }
}
