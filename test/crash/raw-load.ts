import type { Act, ActKind, Ledger, ObjectPath } from "./ledger.ts";
import { type BytesRecipe, between, bytesOf, oneOf } from "./object-bytes.ts";
import { RawClient, type RawReply, type RawRequest, sha256Of } from "./raw-client.ts";

/** An account and the repository that raw clients use of it. */
export interface RawPlace {
  readonly repository: string;
  readonly credentials: { readonly login: string; readonly secret: string };
  /** It has a hard quota: packs and locks alone are sent, so what lies there never passes it. */
  readonly isBounded: boolean;
}

export interface RawLoadOptions {
  readonly ledger: Ledger;
  readonly places: readonly RawPlace[];
  readonly url: { readonly main: string; readonly restic: string };
  /** What was stored so far and can be sent again; grows. */
  readonly recipes: Map<ObjectPath, BytesRecipe>;
  /** Takes what a client was told and must never be. */
  readonly report: (problem: string) => void;
}

const TYPES = ["data", "data", "data", "index", "keys", "snapshots", "locks"] as const;
const RECENT = 12;

/** Clients without restic's manners: each does one thing after another, often to what another is at as well. */
export class RawLoad {
  readonly #options: RawLoadOptions;
  readonly #restic: RawClient;
  readonly #main: RawClient;
  /** What is in use now: most clients are after these. */
  readonly #recent: ObjectPath[] = [];
  #isOver = false;

  constructor(options: RawLoadOptions) {
    this.#options = options;
    this.#restic = new RawClient(options.url.restic);
    this.#main = new RawClient(options.url.main);
  }

  /** Goes on until `stop`, or until nobody answers. */
  async run(random: () => number): Promise<void> {
    for (let silences = 0; !this.#isOver && silences < 3; ) {
      const reply = await this.#oneThing(random);
      silences = reply === undefined ? silences + 1 : 0;
      if (reply?.status === 500) this.#options.report(`answered 500: ${reply.body.toString().slice(0, 200)}`);
    }
  }

  /** No further requests. Those under way go on. */
  stop(): void {
    this.#isOver = true;
  }

  /** Cuts every connection. */
  close(): void {
    this.stop();
    this.#restic.close();
    this.#main.close();
  }

  async #oneThing(random: () => number): Promise<RawReply | undefined> {
    const place = oneOf(random, this.#options.places);
    const what = random();
    if (what < 0.38) return await this.#storeNew(place, random);
    if (what < 0.46) return await this.#breakOff(place, random);
    if (what < 0.5) return await this.#sendWrongBytes(place, random);
    const path = this.#pick(place, random);
    if (path === undefined) return await this.#storeNew(place, random);
    if (what < 0.6) return await this.#read(place, path, random);
    if (what < 0.85) return await this.#change(place, path, oneOf(random, ["post", "delete", "delete", "restore"]), random);
    const [one, other] = [oneOf(random, ["post", "delete", "restore"] as const), oneOf(random, ["post", "delete"] as const)];
    const both = await Promise.all([this.#change(place, path, one, random), this.#change(place, path, other, random)]);
    return both[0];
  }

  async #storeNew(place: RawPlace, random: () => number): Promise<RawReply | undefined> {
    const { path, recipe, bytes } = this.#newObject(place, random);
    this.#options.recipes.set(path, recipe);
    this.#recent.push(path);
    if (this.#recent.length > RECENT) this.#recent.shift();
    return await this.#post(place, path, bytes, random);
  }

  async #breakOff(place: RawPlace, random: () => number): Promise<RawReply | undefined> {
    const { path, bytes } = this.#newObject(place, random);
    if (bytes.length < 2) return { status: 0, body: Buffer.alloc(0) };
    const act = this.#options.ledger.begin("post", path, { sizeBytes: bytes.length });
    const cutAtBytes = Math.floor((bytes.length - 1) * random());
    const reply = await this.#restic.send(this.#request(place, "POST", path, { body: bytes, cutAtBytes }));
    act.refused(); // what never came whole can never be stored
    if (reply?.status === 200) this.#options.report(`${path}: a part of it was answered 200`);
    return { status: 0, body: Buffer.alloc(0) }; // no answer is what it was for
  }

  async #sendWrongBytes(place: RawPlace, random: () => number): Promise<RawReply | undefined> {
    const { path, bytes } = this.#newObject(place, random);
    bytes.writeUInt8(bytes.readUInt8(0) ^ 1, 0);
    const act = this.#options.ledger.begin("post", path, { sizeBytes: bytes.length });
    const reply = await this.#restic.act(act, this.#request(place, "POST", path, { body: bytes }));
    if (reply?.status === 200) this.#options.report(`${path}: wrong bytes were answered 200`);
    return reply;
  }

  async #read(place: RawPlace, path: ObjectPath, random: () => number): Promise<RawReply | undefined> {
    const { ledger, recipes } = this.#options;
    const recipe = recipes.get(path);
    if (recipe === undefined) return undefined;
    const wasThere = ledger.isSurelyThere(path);
    const before = ledger.requestsOf(path);
    const start = random() < 0.5 ? 0 : between(random, 0, recipe.sizeBytes - 1);
    const headers = start === 0 ? {} : { range: `bytes=${start}-` };
    const reply = await this.#restic.send({ ...this.#request(place, "GET", path), headers });
    if (reply === undefined) return undefined;
    const isQuiet = wasThere && ledger.requestsOf(path) === before;
    if (reply.status === 404 && isQuiet) this.#options.report(`${path}: 404 though it is there`);
    if ((reply.status === 200 || reply.status === 206) && !reply.body.equals(bytesOf(recipe).subarray(start))) {
      this.#options.report(`${path}: ${reply.status} from ${start} with other bytes`);
    }
    return reply;
  }

  async #change(place: RawPlace, path: ObjectPath, kind: ActKind, random: () => number): Promise<RawReply | undefined> {
    const { ledger, recipes } = this.#options;
    const recipe = recipes.get(path);
    if (kind === "post") return recipe && (await this.#post(place, path, bytesOf(recipe), random));
    if (kind === "delete") return await this.#restic.act(ledger.begin("delete", path), this.#request(place, "DELETE", path));
    // Locks never lie in the trash. What comes back from it is counted and never refused, so where a hard limit is checked nothing does.
    if (path.includes("/locks/") || place.isBounded) return { status: 0, body: Buffer.alloc(0) };
    return await this.#restore(ledger.begin("restore", path), path);
  }

  async #restore(act: Act, path: ObjectPath): Promise<RawReply | undefined> {
    const body = Buffer.from(JSON.stringify({ path: `/${path}` }));
    const headers = { "content-type": "application/json" };
    const reply = await this.#main.send({ method: "POST", target: "/api/v1/trash/restore", headers, body });
    if (reply === undefined || reply.status >= 500) {
      act.lost();
    } else if (reply.status === 200) {
      const { objects, alreadyThere } = JSON.parse(reply.body.toString()) as { objects: number; alreadyThere: number };
      if (objects + alreadyThere > 0) act.acknowledged();
      else act.lost();
    } else {
      act.refused();
    }
    return reply;
  }

  async #post(place: RawPlace, path: ObjectPath, bytes: Buffer, random: () => number): Promise<RawReply | undefined> {
    const isSlow = bytes.length > 200_000 && random() < 0.5;
    const piece = isSlow ? { sizeBytes: 64 * 1024, pauseMs: between(random, 1, 10) } : undefined;
    const act = this.#options.ledger.begin("post", path, { sizeBytes: bytes.length });
    return await this.#restic.act(act, this.#request(place, "POST", path, { body: bytes, piece }));
  }

  #newObject(place: RawPlace, random: () => number): { path: ObjectPath; recipe: BytesRecipe; bytes: Buffer } {
    const type = place.isBounded ? oneOf(random, ["data", "data", "locks"]) : oneOf(random, TYPES);
    const most = type === "locks" ? 1000 : type === "data" && random() < 0.15 ? 4_000_000 : 60_000;
    const recipe = {
      seed: Math.floor(random() * 2 ** 48),
      sizeBytes: between(random, 1, place.isBounded ? Math.min(most, 200_000) : most),
    };
    const bytes = bytesOf(recipe);
    return { path: `${place.repository}/${type}/${sha256Of(bytes)}`, recipe, bytes };
  }

  #pick(place: RawPlace, random: () => number): ObjectPath | undefined {
    const own = (path: ObjectPath) => path.startsWith(`${place.repository}/`);
    const recent = this.#recent.filter(own);
    if (recent.length > 0 && random() < 0.6) return oneOf(random, recent);
    const known = [...this.#options.recipes.keys()].filter(own);
    return known.length === 0 ? undefined : oneOf(random, known);
  }

  #request({ credentials }: RawPlace, method: string, path: ObjectPath, rest: Partial<RawRequest> = {}): RawRequest {
    return { method, target: `/${path}`, credentials, ...rest };
  }
}
