import type { ObjectPath } from "./ledger.ts";
import type { DiskLook } from "./look-at-disk.ts";
import { RawClient, sha256Of } from "./raw-client.ts";
import type { RawPlace } from "./raw-load.ts";

const TYPES = ["data", "index", "keys", "locks", "snapshots"] as const;
const AT_ONCE = 8;

/**
 * What the hub lists and serves is what lies there: every name with its size and no other, and the bytes of `paths` by their hash, or 404.
 * Resolves to what is wrong.
 */
export async function checkServed(
  url: string,
  look: DiskLook,
  { places, paths }: { readonly places: readonly Pick<RawPlace, "repository" | "credentials">[]; readonly paths: readonly ObjectPath[] },
): Promise<string[]> {
  const problems: string[] = [];
  const client = new RawClient(url);
  for (const place of places) {
    for (const type of TYPES) {
      const headers = { accept: "application/vnd.x.restic.rest.v2" };
      const reply = await client.send({ method: "GET", target: `/${place.repository}/${type}/`, credentials: place.credentials, headers });
      const prefix = `${place.repository}/${type}/`;
      const lying = [...look.places]
        .filter(([path]) => path.startsWith(prefix))
        .map(([path, { sizeBytes }]) => `${path.slice(prefix.length)} ${sizeBytes}`);
      if (reply?.status === 404 && lying.length === 0) continue;
      if (reply?.status !== 200) {
        problems.push(`GET ${prefix}: ${reply?.status ?? "no answer"}`);
        continue;
      }
      const listed = (JSON.parse(reply.body.toString()) as { name: string; size: number }[]).map(({ name, size }) => `${name} ${size}`);
      for (const line of new Set(listed).symmetricDifference(new Set(lying))) {
        problems.push(`GET ${prefix}: ${line} is ${listed.includes(line) ? "listed and does not lie there" : "not listed"}`);
      }
      if (new Set(listed).size !== listed.length) problems.push(`GET ${prefix}: lists a name twice`);
    }
  }
  const waiting = [...paths];
  const readOne = async (path: ObjectPath) => {
    const credentials = places.find(({ repository }) => path.startsWith(`${repository}/`))?.credentials;
    const reply = await client.send({ method: "GET", target: `/${path}`, credentials });
    const lying = look.places.get(path);
    if (lying === undefined && reply?.status !== 404)
      problems.push(`GET ${path}: ${reply?.status ?? "no answer"}, and it does not lie there`);
    if (lying === undefined) return;
    if (reply?.status !== 200) problems.push(`GET ${path}: ${reply?.status ?? "no answer"}, and it lies there`);
    else if (sha256Of(reply.body) !== lying.sha256) problems.push(`GET ${path}: other bytes than those that lie there`);
  };
  const readMany = async () => {
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) await readOne(path);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, readMany));
  client.close();
  return problems;
}
