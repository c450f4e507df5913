import { join } from "node:path";
import { findOnPath } from "../clients/find-on-path.ts";
import { runProgram, tail, testEnvironment } from "../clients/run-program.ts";

/** Paths of a certificate, which is its own authority, and of its private key. */
export interface SelfSigned {
  readonly cert: string;
  readonly key: string;
}

/** The reason for which a test that needs a certificate is skipped; false when it can run. */
export function withoutOpenssl(): string | false {
  return findOnPath("openssl") === undefined && "openssl is not there (npm test gets it where the machine allows)";
}

/** Makes `<name>.cert.pem` and `<name>.key.pem` in `folder`, good for a day, for localhost, 127.0.0.1 and ::1. */
export async function selfSigned(folder: string, name = "tls"): Promise<SelfSigned> {
  const cert = join(folder, `${name}.cert.pem`);
  const key = join(folder, `${name}.key.pem`);
  const args = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj", `/CN=${name}`];
  args.push("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1", "-keyout", key, "-out", cert);
  const made = await runProgram({ program: "openssl", args, cwd: folder, env: testEnvironment(), timeoutMs: 30_000 });
  if (made.code !== 0) throw new Error(`openssl failed: ${tail(made.stderr)}`);
  return { cert, key };
}
