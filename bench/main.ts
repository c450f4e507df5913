/** A bench, by the name it is called with. Each prints its own table. */
const BENCHES: Readonly<Record<string, () => Promise<(args: readonly string[]) => Promise<void>>>> = {
  "small-requests": async () => (await import("./small-requests.ts")).smallRequests,
};

const [name = "", ...args] = process.argv.slice(2);
const load = BENCHES[name];
if (load === undefined) {
  process.stderr.write(`Usage: npm run bench -- NAME [OPTIONS]; there are: ${Object.keys(BENCHES).join(", ")}\n`);
  process.exitCode = 2;
} else {
  const bench = await load();
  await bench(args);
}
