import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CrashHub } from "./crash-hub.ts";
import { Ledger, type ObjectPath } from "./ledger.ts";
import { DiskLooker } from "./look-at-disk.ts";
import type { BytesRecipe } from "./object-bytes.ts";
import { RawClient } from "./raw-client.ts";
import type { RawPlace } from "./raw-load.ts";
import { openRecordingProxy, type RecordingProxy } from "./recording-proxy.ts";
import { newestRestic, ResticLoad } from "./restic-load.ts";

const HARD_BYTES = 3_000_000;

/** Accounts that store here. */
export const ACCOUNTS = ["laptop", "nas", "box"] as const;
export type AccountName = (typeof ACCOUNTS)[number];

/** A data folder with accounts and repositories, and all that is known of it from outside. */
export interface CrashPlace extends AsyncDisposable {
  /** The data folder lies in it. */
  readonly folder: string;
  readonly data: string;
  readonly ledger: Ledger;
  readonly looker: DiskLooker;
  readonly recipes: Map<ObjectPath, BytesRecipe>;
  readonly proxy: RecordingProxy;
  readonly restic: ResticLoad | undefined;
  readonly rawPlaces: readonly RawPlace[];
  /** The repository that only one client and the command line are at. */
  readonly cold: RawPlace;
  readonly resticPlace: RawPlace;
  /** How many hubs have said that they were ready. */
  starts: number;
  commandsKilled: number;
}

/** Makes the folder, before there is a hub. */
export async function makeFolder(folder: string): Promise<{ readonly folder: string; readonly data: string }> {
  const data = join(folder, "data");
  await rm(folder, { recursive: true, force: true });
  await mkdir(data, { recursive: true, mode: 0o700 });
  // The trash is counted again with the first of these, five minutes after a start unless said otherwise.
  await writeFile(join(folder, "config.yaml"), JSON.stringify({ limits: { runningCountMs: 250 } }));
  return { folder, data };
}

/** Makes accounts, a quota and repositories in a running hub with an empty data folder. */
export async function openCrashPlace(
  { folder, data }: { readonly folder: string; readonly data: string },
  hub: CrashHub,
  random: () => number,
): Promise<CrashPlace> {
  await using stack = new AsyncDisposableStack();
  const ledger = new Ledger();
  const proxy = stack.use(await openRecordingProxy(ledger));
  proxy.target = hub.url.restic;
  const client = new RawClient(hub.url.main);
  stack.defer(() => client.close());
  const secrets = new Map<AccountName, string>();
  for (const name of ACCOUNTS) {
    const { password } = await callApi(client, "POST", "/accounts", { name });
    secrets.set(name, String(password));
  }
  await callApi(client, "PUT", "/quotas/accounts/box", { softBytes: null, hardBytes: HARD_BYTES });
  const place = (account: AccountName, repository: string): RawPlace => ({
    repository: `${account}/${repository}`,
    credentials: { login: account, secret: secrets.get(account) ?? "" },
    isBounded: account === "box",
  });
  const [resticPlace, cold] = [place("laptop", "main"), place("nas", "cold")];
  const rawPlaces = [place("nas", "raw"), place("box", "raw")];

  const bytes = new RawClient(hub.url.restic);
  stack.defer(() => bytes.close());
  for (const { repository, credentials } of [...rawPlaces, cold]) {
    const made = await bytes.send({ method: "POST", target: `/${repository}/?create=true`, credentials });
    const config = Buffer.from(`${repository} is no repository of restic's`);
    const act = ledger.begin("post", `${repository}/config`, { sizeBytes: config.length });
    const stored = await bytes.act(act, { method: "POST", target: `/${repository}/config`, credentials, body: config });
    if (made?.status !== 200 || stored?.status !== 200) throw new Error(`${repository} was not made: ${made?.status}, ${stored?.status}`);
  }
  const version = newestRestic();
  const work = join(folder, "work");
  await mkdir(work, { recursive: true });
  const { login, secret } = resticPlace.credentials;
  const repository = `rest:http://${login}:${secret}@127.0.0.1:${proxy.port}/${resticPlace.repository}/`;
  const restic = version === undefined ? undefined : new ResticLoad(version, { folder: work, repository });
  await restic?.init(random);
  const owned = stack.move();
  return {
    folder,
    data,
    ledger,
    proxy,
    restic,
    rawPlaces,
    cold,
    resticPlace,
    looker: new DiskLooker(data),
    recipes: new Map(),
    starts: 1,
    commandsKilled: 0,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Takes restic's locks away, as a person does after a crash. */
export async function removeLocks({ ledger, resticPlace }: CrashPlace, hub: CrashHub, locks: readonly ObjectPath[]): Promise<string[]> {
  const client = new RawClient(hub.url.restic);
  const problems: string[] = [];
  for (const path of locks) {
    const asked = { method: "DELETE", target: `/${path}`, credentials: resticPlace.credentials };
    const reply = await client.act(ledger.begin("delete", path), asked);
    if (reply?.status !== 200) problems.push(`DELETE ${path}: ${reply?.status ?? "no answer"}`);
  }
  client.close();
  return problems;
}

/** Every repository with a login that may read it. */
export function placesOf({ rawPlaces, cold, resticPlace }: CrashPlace): readonly RawPlace[] {
  return [...rawPlaces, cold, resticPlace];
}

async function callApi(client: RawClient, method: string, path: string, body: object): Promise<Record<string, unknown>> {
  const headers = { "content-type": "application/json" };
  const reply = await client.send({ method, target: `/api/v1${path}`, headers, body: Buffer.from(JSON.stringify(body)) });
  if (reply === undefined || reply.status >= 300) throw new Error(`${method} /api/v1${path}: ${reply?.status} ${reply?.body.toString()}`);
  return JSON.parse(reply.body.toString());
}
