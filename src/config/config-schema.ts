import { isIP } from "node:net";
import { z } from "zod";
import { parseListenAddress } from "#lib/listen-address.ts";
import { parseNetwork } from "#lib/network.ts";
import { DEFAULT_LIMITS } from "#limits.ts";
import { refuseAccountName } from "#model/account.ts";

const LONGEST_TIMER_MS = 2 ** 31 - 1; // Node runs a longer timer at once

const path = () => z.string("must be a path").min(1, "must be a path").refine(hasNoNul, "must be a path");

const switchedOff = (description: string) => z.boolean("must be true or false").default(false).describe(description);

const listen = (address: string, description: string) =>
  z
    .string("must be host:port, unix:/path?mode=0660 or off")
    .refine((text) => parseListenAddress(text) !== undefined, "must be host:port ([::1]:8000 for IPv6), unix:/path?mode=0660 or off")
    .default(address)
    .describe(description);

const PUBLIC_URL = "must be an http:// or https:// URL of scheme, host, port and path alone";
const publicUrl = z.string(PUBLIC_URL).refine(isPublicUrl, PUBLIC_URL);
const publicUrls = (listener: string) =>
  z
    .union([publicUrl, z.array(publicUrl)], PUBLIC_URL)
    .optional()
    .describe(`URL, or list of URLs, under which clients call the listener \`${listener}\``);

const tls = (listener: string) =>
  z
    .strictObject({
      enabled: switchedOff(`Serve TLS on the listener \`${listener}\``),
      cert: path().optional().describe("Certificate chain, PEM; `<data>/tls/cert.pem` when `cert` and `key` are not set"),
      key: path().optional().describe("Private key, PEM; `<data>/tls/key.pem` when `cert` and `key` are not set"),
      minVersion: z.enum(["1.2", "1.3"], "must be 1.2 or 1.3").default("1.2").describe("Oldest version of TLS that is spoken"),
      clientCa: path().optional().describe("Certificates of the authorities that sign clients' certificates, PEM"),
      clientCertificate: z
        .enum(["off", "request", "require"], "must be off, request or require")
        .default("off")
        .describe("Whether clients are asked for a certificate, and turned away without one"),
    })
    .optional();

const clearText = (listener: string) => switchedOff(`Allow the listener \`${listener}\` beyond this machine without TLS`);

const WORKERS = "must be a whole number from 1 to 64";

const PEER = 'must be an IP address, a network such as 10.0.0.0/8 (never /0), or "unix"';

const REACH = "must be private, loopback, an IP address or a network such as 169.254.7.0/24 (never /0)";

/** The configuration file. Every leaf has its description, its default where that is one value, and its refusal as a sentence. */
export const configSchema = z.strictObject({
  data: path().optional().describe("Data folder; `holdfast-data` beside the program when not set"),
  databaseUrl: z
    .string("must be a postgres:// URL")
    .refine(isPostgresUrl, "must be a postgres:// URL")
    .optional()
    .describe("PostgreSQL in place of SQLite in the data folder: `postgres://user:password@host/database`"),
  masterKeyFile: path()
    .optional()
    .describe(
      "File with the master key, under which secrets are kept in the database; `<data>/master.key`, made when needed, when not set",
    ),
  listen: z
    .strictObject({
      main: listen("127.0.0.1:9898", "Where the listener for people and programs of the hub listens"),
      restic: listen("127.0.0.1:8000", "Where the listener for restic alone listens"),
      restbackup: listen("127.0.0.1:8090", "Where the listener for archives listens: `curl -T` at the root of a host"),
    })
    .optional(),
  workers: z
    .int(WORKERS)
    .min(1, WORKERS)
    .max(64, WORKERS)
    .optional()
    .describe("Processes that serve; one for each core and GiB of memory, at most four, when not set; `1` is one process that does all"),
  publicUrl: z.strictObject({ main: publicUrls("main"), restic: publicUrls("restic"), restbackup: publicUrls("restbackup") }).optional(),
  tls: z.strictObject({ main: tls("main"), restic: tls("restic"), restbackup: tls("restbackup") }).optional(),
  clearText: z.strictObject({ main: clearText("main"), restic: clearText("restic"), restbackup: clearText("restbackup") }).optional(),
  noAuth: z
    .strictObject({
      restic: z
        .string("must be the name of an account")
        .refine((name) => refuseAccountName(name) === undefined, "must be the name of an account")
        .optional()
        .describe("Account that requests without login act as; only on loopback or a unix socket"),
    })
    .optional(),
  localOperator: z
    .strictObject({
      main: z
        .boolean("must be true or false")
        .default(true)
        .describe("Let the hub's own user, and root, use the API without a token, from this machine and while no user exists"),
    })
    .optional(),
  proxy: z
    .strictObject({
      peers: z
        .array(z.string(PEER).refine(isPeer, PEER), PEER)
        .default([])
        .describe("Reverse proxies that are believed: IP addresses, networks, or `unix`"),
      userHeader: z
        .string("must be the name of a header")
        .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/, "must be the name of a header")
        .optional()
        .describe("Header in which those proxies name the user they have signed in"),
    })
    .optional(),
  outgoing: z
    .strictObject({
      allow: z
        .array(z.string(REACH).refine(isReach, REACH), REACH)
        .default(["private"])
        .describe("What the hub may call for notices besides the internet: `private`, `loopback`, IP addresses or networks"),
    })
    .optional(),
  files: z
    .strictObject({
      mode: z
        .enum(["0600", "0400", "0660"], "must be 0600, 0400 or 0660")
        .default("0600")
        .describe("Permission bits of stored files; with `0660` folders get `0770`, else `0700`"),
    })
    .optional(),
  log: z
    .strictObject({
      level: z
        .enum(["debug", "info", "warn", "error"], "must be debug, info, warn or error")
        .default("info")
        .describe("The least that is written to the log"),
      format: z.enum(["text", "json"], "must be text or json").default("text").describe("Lines for people or for programs"),
      requests: z
        .enum(["notable", "all"], "must be notable or all")
        .default("notable")
        .describe("Requests that have a line: all, or all but reads that went well within a second"),
    })
    .optional(),
  limits: z.strictObject(limitsShape()).optional(),
});

type LimitLeaf = z.ZodDefault<z.ZodNumber>;

function limitsShape(): Record<keyof typeof DEFAULT_LIMITS, LimitLeaf> {
  const leaves = Object.entries(DEFAULT_LIMITS).map(([name, value]): [string, LimitLeaf] => [name, limitLeaf(name, value)]);
  return Object.fromEntries(leaves) as Record<keyof typeof DEFAULT_LIMITS, LimitLeaf>; // Object.fromEntries forgets the key type
}

function limitLeaf(name: string, value: number): LimitLeaf {
  const share = name.endsWith("Share");
  const most = share ? 1 : name.endsWith("Ms") && !name.endsWith("AgeMs") ? LONGEST_TIMER_MS : Number.MAX_SAFE_INTEGER;
  const sentence = share ? "must be a number above 0 and at most 1" : `must be a whole number from 1 to ${most}`;
  const number = z.number(sentence).positive(sentence).max(most, sentence);
  return (share ? number : number.int(sentence)).default(value).describe(limitDescription(name));
}

function limitDescription(name: string): string {
  if (name.endsWith("Bytes")) return "Bytes";
  if (name.endsWith("Ms")) return "Milliseconds";
  return name.endsWith("Share") ? "Share of the disk" : "Count";
}

function hasNoNul(text: string): boolean {
  return !text.includes("\0");
}

function isPublicUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !/^https?:\/\//i.test(text) || /[?#\s]/.test(text)) return false;
  return url.username === "" && url.password === "" && url.hostname !== "";
}

function isPostgresUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^postgres(ql)?:\/\//i.test(text);
}

function isReach(text: string): boolean {
  return text === "private" || text === "loopback" || (text !== "unix" && parseNetwork(text) !== undefined);
}

function isPeer(text: string): boolean {
  if (text === "unix") return true;
  const [address = "", prefix, more] = text.split("/");
  const family = isIP(address);
  if (family === 0 || more !== undefined) return false;
  return prefix === undefined || (/^[1-9]\d{0,2}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
}
