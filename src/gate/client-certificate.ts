import type { TLSSocket } from "node:tls";
import { certificateName } from "#lib/certificate-name.ts";

/** A client's certificate that an authority of the listener has signed. */
export interface ClientCertificate {
  readonly name: string;
  readonly validUntilMs: number;
}

/** What the client has shown: undefined for nothing, why it is not accepted as a string. */
export function clientCertificateOf(socket: TLSSocket): ClientCertificate | string | undefined {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  if (!socket.authorized) return String(socket.authorizationError ?? "not verified");
  const name = certificateName(certificate);
  return name === undefined ? "it has no name to go by" : { name, validUntilMs: certificate.validToDate.getTime() };
}
