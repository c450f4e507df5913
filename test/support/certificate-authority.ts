import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runProgram, tail, testEnvironment } from "../clients/run-program.ts";

/** Paths of a certificate, of its key, and of one file with both, as restic's `--tls-client-cert` takes it. */
export interface SignedCertificate {
  readonly cert: string;
  readonly key: string;
  readonly both: string;
}

/** What a certificate says. */
export interface CertificateRequest {
  /** File names begin so. */
  readonly file: string;
  /** `/CN=laptop` */
  readonly subject: string;
  /** `DNS:laptop.lan` */
  readonly alternative?: string;
  /** For how long it is good; one day. With 0 it has expired once it is there. */
  readonly days?: number;
  /** Whom it is for; a client. */
  readonly usage?: "clientAuth" | "serverAuth";
}

/** An authority whose own certificate is `cert`. */
export interface CertificateAuthority {
  readonly cert: string;
  sign(request: CertificateRequest): Promise<SignedCertificate>;
}

/** Makes an authority in `folder`. */
export async function certificateAuthority(folder: string, name = "ca"): Promise<CertificateAuthority> {
  const cert = join(folder, `${name}.cert.pem`);
  const key = join(folder, `${name}.key.pem`);
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  await openssl(folder, ["req", "-x509", ...newKey, "-days", "2", "-subj", `/CN=${name}`, "-keyout", key, "-out", cert]);
  return {
    cert,
    async sign({ file, subject, alternative, days = 1, usage = "clientAuth" }) {
      const paths = { cert: join(folder, `${file}.cert.pem`), key: join(folder, `${file}.key.pem`), both: join(folder, `${file}.pem`) };
      const request = join(folder, `${file}.csr.pem`);
      const extensions = join(folder, `${file}.ext`);
      await openssl(folder, ["req", ...newKey, "-subj", subject, "-keyout", paths.key, "-out", request]);
      await writeFile(extensions, `extendedKeyUsage=${usage}\n${alternative === undefined ? "" : `subjectAltName=${alternative}\n`}`);
      const signer = ["x509", "-req", "-in", request, "-CA", cert, "-CAkey", key, "-extfile", extensions, "-out", paths.cert];
      await openssl(folder, [...signer, "-days", `${days}`]);
      await writeFile(paths.both, `${await readFile(paths.cert, "utf8")}${await readFile(paths.key, "utf8")}`);
      return paths;
    },
  };
}

async function openssl(cwd: string, args: readonly string[]): Promise<void> {
  const made = await runProgram({ program: "openssl", args, cwd, env: testEnvironment(), timeoutMs: 30_000 });
  if (made.code !== 0) throw new Error(`openssl ${args[0]} failed: ${tail(made.stderr)}`);
}
