import { createPrivateKey, X509Certificate } from "node:crypto";
import { stat } from "node:fs/promises";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import type { Log } from "#lib/log.ts";
import { readSmallFile } from "#lib/read-small-file.ts";
import type { Clock } from "#model/clock.ts";
import type { TlsOptions } from "./gate-options.ts";

// Those of rest-server (spec/restic-rest.md section 3.1): forward secrecy and authenticated encryption only, the cheapest first.
const CIPHERS = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
].join(":");

const LARGEST_BYTES = 1024 * 1024; // a chain of certificates has some thousands

export interface CertificateOptions {
  /** Name of the listener, for errors. */
  readonly listener: string;
  readonly tls: TlsOptions;
  readonly log: Log;
  readonly clock: Clock;
}

/** A certificate and its key, as TLS takes them, and when their files were last seen to change. */
export class Certificate {
  readonly #options: CertificateOptions;
  #seen = "";

  constructor(options: CertificateOptions) {
    this.#options = options;
  }

  /** Reads and checks the pair. Throws a sentence that names the file and the setting. One that has expired is only warned about. */
  async read(): Promise<SecureContextOptions> {
    const { listener, tls, log, clock } = this.#options;
    this.#seen = await stamp(tls);
    const cert = readPem(tls.certPath, `tls.${listener}.cert`);
    const key = readPem(tls.keyPath, `tls.${listener}.key`);
    const certificate = parsed(() => new X509Certificate(cert), tls.certPath, `tls.${listener}.cert`);
    const privateKey = parsed(() => createPrivateKey(key), tls.keyPath, `tls.${listener}.key`);
    if (!certificate.checkPrivateKey(privateKey)) {
      throw new Error(`The key ${tls.keyPath} does not belong to the certificate ${tls.certPath} (tls.${listener}.key).`);
    }
    const context = { cert, key, ...readAuthorities(listener, tls), minVersion: tls.minVersion, ciphers: CIPHERS, honorCipherOrder: true };
    parsed(() => createSecureContext(context), tls.certPath, `tls.${listener}.cert`);

    const expires = new Date(certificate.validTo).getTime();
    const fields = { listener, certificate: tls.certPath, expires: certificate.validTo };
    if (expires < clock()) log.warn("the certificate has expired", fields);
    else log.debug("certificate read", fields);
    return context;
  }

  /** Whether a file looks different from when it was last read. */
  async hasChanged(): Promise<boolean> {
    return (await stamp(this.#options.tls)) !== this.#seen;
  }
}

/** The authorities of clients' certificates. Node would pass over what it cannot read in the file. */
function readAuthorities(listener: string, { clients }: TlsOptions): { readonly ca?: string[] } {
  if (clients === undefined) return {};
  const setting = `tls.${listener}.clientCa`;
  const text = readPem(clients.caPath, setting).toString("latin1");
  const ca = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  parsed(
    () => {
      if (ca.length === 0) throw new Error("no certificate");
      for (const one of ca) new X509Certificate(one);
    },
    clients.caPath,
    setting,
  );
  return { ca };
}

function readPem(path: string, setting: string): Buffer {
  try {
    return readSmallFile(path, LARGEST_BYTES);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException; // file system errors have a code
    const known: Readonly<Record<string, string>> = { ENOENT: "does not exist", EACCES: "may not be read by this user" };
    const problem = known[code ?? ""] ?? `cannot be read (${code ?? message})`;
    throw new Error(`The file ${path} ${problem} (${setting}).`, { cause });
  }
}

function parsed<Value>(parse: () => Value, path: string, setting: string): Value {
  try {
    return parse();
  } catch (cause) {
    throw new Error(`The file ${path} does not hold what ${setting} needs, in PEM and without a passphrase.`, { cause });
  }
}

/** What changes whenever a file is written or replaced. A missing file is a state like any other. */
async function stamp({ certPath, keyPath, clients }: TlsOptions): Promise<string> {
  const paths = [certPath, keyPath, ...(clients === undefined ? [] : [clients.caPath])];
  const stamps = paths.map(async (path) => {
    try {
      const { ino, size, mtimeMs, ctimeMs } = await stat(path);
      return `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
    } catch {
      return "absent";
    }
  });
  return (await Promise.all(stamps)).join(", ");
}
