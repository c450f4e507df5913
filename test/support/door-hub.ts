import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "#config.ts";
import { addAccount } from "#domain/access/add-account.ts";
import { setGrant } from "#domain/access/set-grant.ts";
import { type GivenRooms, type Hub, startHub } from "#hub.ts";
import { openLog } from "#lib/log.ts";
import { OPERATOR } from "#model/actor.ts";
import type { Role } from "#model/permissions.ts";
import { httpRequest, type Reply, type RequestOptions } from "./http-request.ts";

/** A hub in this process, with one account, and a shorthand for requests to its restic listener as that account. */
export interface DoorHub extends AsyncDisposable {
  readonly hub: Hub;
  readonly url: string;
  readonly data: string;
  /** `<data>/files/restic`. */
  readonly tree: string;
  readonly credentials: { readonly login: string; readonly secret: string };
  /** What the hub has logged, one line of JSON each; errors alone unless the flags say otherwise. */
  readonly logLines: readonly string[];
  /** As the account; as nobody with `credentials: undefined`. */
  send(method: string, target: string, options?: RequestOptions): Promise<Reply>;
  /** Another account and its credentials. */
  addAccount(name: string, options?: { appendOnly?: boolean }): Promise<{ readonly login: string; readonly secret: string }>;
  grant(accountName: string, path: string, role: Role): Promise<void>;
}

/**
 * Starts it over a temp folder, or over `storage`, on a free port. The account is `laptop`, with `role` on everything (`maintain`). Flags
 * go by their keys, `listen.restic`.
 */
export async function startDoorHub(
  options: GivenRooms & { readonly flags?: Record<string, string>; readonly role?: Role } = {},
): Promise<DoorHub> {
  const data = mkdtempSync(join(tmpdir(), "door-"));
  const flags = {
    data,
    "listen.main": "127.0.0.1:0",
    "listen.restic": "127.0.0.1:0",
    "listen.restbackup": "127.0.0.1:0",
    "log.level": "error",
    ...options.flags,
  };
  const config = loadConfig({ flags, environment: {}, workingDirectory: data });
  const { flags: _, role: __, ...given } = options;
  const logLines: string[] = [];
  const hub = await startHub(
    config,
    openLog(config.log, (line) => void logLines.push(line)),
    given,
  );
  const { login, secret } = await addAccount(hub.core, OPERATOR, { name: "laptop", appendOnly: false });
  await setGrant(hub.core, OPERATOR, { accountName: "laptop", path: "/", role: options.role ?? "maintain" });
  if (options.role !== undefined) await setGrant(hub.core, OPERATOR, { accountName: "laptop", path: "/laptop/", role: options.role });
  const credentials = { login, secret };
  const url = hub.addresses["restic"] ?? "";
  return {
    hub,
    url,
    data,
    tree: join(data, "files", "restic"),
    credentials,
    logLines,
    send: (method, target, request = {}) => httpRequest(url, method, target, { credentials, ...request }),
    addAccount: async (name, { appendOnly = false } = {}) => await addAccount(hub.core, OPERATOR, { name, appendOnly }),
    grant: (accountName, path, role) => setGrant(hub.core, OPERATOR, { accountName, path, role }),
    async [Symbol.asyncDispose]() {
      await hub.close();
      rmSync(data, { recursive: true });
    },
  };
}
