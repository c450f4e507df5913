import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { NEEDED_PROGRAMS, preparePrograms } from "../../test/clients/programs.ts";
import type { Bench } from "../main.ts";
import { UsageError } from "../usage-error.ts";
import { type Group, QUICK_SIZES, SIZES, type Sizes } from "./context.ts";
import { deletes } from "./groups/deletes.ts";
import { downloads } from "./groups/downloads.ts";
import { listing } from "./groups/listing.ts";
import { programs } from "./groups/programs.ts";
import { secure } from "./groups/secure.ts";
import { small } from "./groups/small.ts";
import { uploads } from "./groups/uploads.ts";
import { hasWorkers, holdfast } from "./hub-server.ts";
import { rclone, restServer } from "./peer-servers.ts";
import { runBench } from "./run.ts";
import type { ServerKind } from "./servers.ts";

const GROUPS: readonly Group[] = [small, uploads, downloads, deletes, listing, secure, programs];
const DEFAULT_SERVERS = "holdfast-1,holdfast-n,rest-server,rclone";
const TREE = join(import.meta.dirname, "../..");
const RESULTS = join(import.meta.dirname, "../results.md");
const PREPARE_MS = 14 * 60_000;

/** Every server, with the program that it needs. */
const PROGRAMS: Readonly<Record<string, string | undefined>> = {
  "holdfast-1": undefined,
  "holdfast-n": undefined,
  "rest-server": "rest-server 0.14.0",
  "rest-server-open": "rest-server 0.14.0",
  rclone: "rclone 1.75.1",
};
/** What the groups need besides. */
const GROUP_PROGRAMS: Readonly<Record<string, string | undefined>> = { secure: "openssl", programs: "restic 0.19.1" };

const USAGE = `Usage: npm run bench -- restic [options]

Holdfast beside rest-server and rclone serve restic: the same work on the same disk in turn, with every answer checked.
  --only NAME,...     of: ${GROUPS.map(({ name }) => name).join(", ")}
  --servers NAME,...  of: ${Object.keys(PROGRAMS).join(", ")}
                      (default: ${DEFAULT_SERVERS})
  --also FOLDER       another checkout of Holdfast, as one more column (one process)
  --tree FOLDER       the checkout that Holdfast is taken from; this one unless said
  --hub-args="..."    more arguments for Holdfast's serve, such as --hub-args="--workers 2"
  --rounds N          5 unless said; 1 with --quick
  --size MIB          of what the real restic backs up; 1024 unless said
  --quick             small sizes, to try the bench
  --dir FOLDER        where the servers keep their data; the system's temporary folder unless said
  --write FILE        where the report goes; bench/results.md when everything was run
  --no-install        only with the programs that are there
`;

/** `npm run bench -- restic`: the byte path beside its peers. */
export const benchRestic: Bench = async (args) => {
  const options = readOptions(args);
  if (options === undefined) return;
  const interrupted = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(name, () => interrupted.abort(new Error("The bench was broken off")));
  const { signal } = interrupted;
  const say = (line: string) => void process.stdout.write(`${line}\n`);

  if (options.install) {
    const titles = [...options.servers.map((name) => PROGRAMS[name]), ...options.groups.map(({ name }) => GROUP_PROGRAMS[name])];
    const needed = NEEDED_PROGRAMS.filter(({ title }) => titles.includes(title));
    await preparePrograms(needed, { say, signal: AbortSignal.any([signal, AbortSignal.timeout(PREPARE_MS)]) });
  }
  try {
    signal.throwIfAborted();
    const { kinds, versions, remarks } = await chooseServers(options, say);
    const right = await runBench({ ...options, kinds, versions, remarks, signal, say });
    if (!right) process.exitCode = 1;
  } catch (error) {
    if (!signal.aborted) throw error;
    process.stderr.write("broken off; everything has been stopped and removed\n");
    process.exitCode = 130;
  }
};

interface Options {
  readonly groups: readonly Group[];
  readonly servers: readonly string[];
  readonly tree: string;
  readonly hubArgs: readonly string[];
  readonly also: string | undefined;
  readonly rounds: number;
  readonly sizes: Sizes;
  readonly quick: boolean;
  readonly dir: string | undefined;
  readonly write: string | undefined;
  readonly install: boolean;
}

function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string" },
      servers: { type: "string", default: DEFAULT_SERVERS },
      also: { type: "string" },
      tree: { type: "string", default: TREE },
      "hub-args": { type: "string", default: "" },
      rounds: { type: "string" },
      size: { type: "string" },
      quick: { type: "boolean", default: false },
      dir: { type: "string" },
      write: { type: "string" },
      "no-install": { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return undefined;
  }
  const groups = values.only === undefined ? GROUPS : values.only.split(",").map(findGroup);
  const sizes = values.quick ? QUICK_SIZES : SIZES;
  const whole = values.only === undefined && values.servers === DEFAULT_SERVERS && !values.quick;
  return {
    groups,
    servers: values.servers.split(",").map(requireServer),
    tree: resolve(values.tree),
    hubArgs: values["hub-args"].split(" ").filter((word) => word !== ""),
    also: values.also === undefined ? undefined : resolve(values.also),
    rounds: readNumber("--rounds", values.rounds) ?? (values.quick ? 1 : 5),
    sizes: { ...sizes, resticMiB: readNumber("--size", values.size) ?? sizes.resticMiB },
    quick: values.quick,
    dir: values.dir,
    write: values.write ?? (whole ? RESULTS : undefined),
    install: !values["no-install"],
  };
}

function findGroup(name: string): Group {
  const group = GROUPS.find((group) => group.name === name);
  if (group === undefined) throw new UsageError(`--only: there is no ${name}; there are ${GROUPS.map(({ name }) => name).join(", ")}`);
  return group;
}

function requireServer(name: string): string {
  if (!(name in PROGRAMS)) throw new UsageError(`--servers: there is no ${name}; there are ${Object.keys(PROGRAMS).join(", ")}`);
  return name;
}

function readNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new UsageError(`${option} takes a whole number above 0`);
  return Number(text);
}

/** The servers that are asked for and can be had, with their versions, and what has to be said about the others. */
async function chooseServers({ servers, tree, also, hubArgs }: Options, say: (line: string) => void) {
  const several = await hasWorkers(tree);
  const known: ServerKind[] = [
    restServer({ open: false }),
    restServer({ open: true }),
    rclone(),
    await oneProcess({ id: "holdfast-1", title: "Holdfast, 1 process", tree, hubArgs }),
  ];
  const remarks: string[] = [];
  if (hubArgs.length > 0) remarks.push(`Holdfast was started with \`${hubArgs.join(" ")}\`.`);
  if (several)
    known.push(holdfast({ id: "holdfast-n", title: "Holdfast, default workers", hub: "several processes", tree, args: hubArgs }));
  else if (servers.includes("holdfast-n"))
    remarks.push("Holdfast with several processes is left out: this checkout has no setting `workers`.");

  const wanted = servers.flatMap((name) => {
    const kind = known.find(({ id }) => id === name);
    return kind ?? [];
  });
  if (also !== undefined)
    wanted.splice(1, 0, await oneProcess({ id: "holdfast-also", title: "Holdfast, other checkout", tree: also, hubArgs }));
  const kinds: ServerKind[] = [];
  const versions = new Map<string, string>();
  for (const kind of wanted) {
    try {
      versions.set(kind.title, await kind.version());
      kinds.push(kind);
    } catch (error) {
      remarks.push(`${kind.title} is left out: ${error instanceof Error ? error.message : error}.`);
    }
  }
  for (const remark of remarks) say(remark);
  return { kinds, versions, remarks };
}

interface OneProcess extends Pick<ServerKind, "id" | "title"> {
  readonly tree: string;
  readonly hubArgs: readonly string[];
}

async function oneProcess({ id, title, tree, hubArgs }: OneProcess): Promise<ServerKind> {
  const workers = (await hasWorkers(tree)) ? ["--workers", "1"] : [];
  return holdfast({ id, title, hub: "one process", tree, args: [...workers, ...hubArgs] });
}
