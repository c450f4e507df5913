import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import type { ListenerConfig, ListenerName } from "#config.ts";
import { type Check, failedCheck } from "./check.ts";

const SOON_MS = 14 * 24 * 60 * 60_000;

/** Whether a listener's certificate can be read and is valid; undefined for a listener without TLS. */
export function checkCertificate(name: ListenerName, { tls }: ListenerConfig, nowMs: number): Check | undefined {
  if (tls === undefined) return undefined;
  const check = `certificate ${name}`;
  try {
    const certificate = new X509Certificate(readFileSync(tls.certPath));
    createSecureContext({ cert: readFileSync(tls.certPath), key: readFileSync(tls.keyPath) }); // throws when they do not belong together
    const untilMs = certificate.validToDate.getTime();
    const what = `${tls.certPath} is valid until ${new Date(untilMs).toISOString().slice(0, 10)}`;
    if (untilMs <= nowMs) return { name: check, status: "wrong", what, advice: "renew it; the hub takes the new one without a restart" };
    if (untilMs - nowMs < SOON_MS) return { name: check, status: "warning", what, advice: "renew it" };
    return { name: check, status: "ok", what };
  } catch (error) {
    return failedCheck(check, error, `put certificate and key where tls.${name}.cert and tls.${name}.key point`);
  }
}
