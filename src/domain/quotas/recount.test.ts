import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { noUse } from "#model/quota.ts";
import { type ObjectName, parseObjectId } from "#model/repository.ts";
import { addEffect, type Change, isHalfSeen, Recount } from "./recount.ts";

const FOLDERS = ["data/aa", "data/bb", "index"] as const;

function objectAt(folder: (typeof FOLDERS)[number], digit: string): ObjectName {
  const id = parseObjectId((folder === "data/bb" ? "bb" : "aa") + digit.repeat(62));
  assert.ok(id !== undefined);
  return { type: folder === "index" ? "index" : "data", id };
}

const OBJECTS = FOLDERS.flatMap((folder) => ["1", "2"].map((digit) => ({ folder, object: objectAt(folder, digit) })));

/** A change on its way: begun, then made on the disk, then told. */
interface Step {
  readonly at: number;
  readonly change: Change;
  readonly kind: "upload" | "removal";
  readonly sizeBytes: number;
  beforeBytes: number | undefined;
  made: boolean;
}

/**
 * A disk, uploads and removals of any order and overlap, and a count of it. What holds on a real disk holds here: of one name, a change is
 * told before the next is made.
 */
class Model {
  readonly disk = new Map<number, number>();
  readonly #recount = new Recount();
  readonly #changes = new Set<Change>();
  readonly #steps: Step[] = [];
  #folder = 0;
  #item: number | undefined;
  /** What is written down: the count, from when it ended on, and every change told since. */
  #counter: ReturnType<typeof noUse> | undefined;

  begin(at: number, kind: Step["kind"], sizeBytes: number): void {
    const { object } = OBJECTS[at % OBJECTS.length] ?? assert.fail();
    const change: Change = { object, beforeBytes: kind === "removal" ? "unknown" : undefined };
    // An object that is there is not uploaded again.
    if (kind === "upload" && this.disk.has(at % OBJECTS.length)) return;
    this.#changes.add(change);
    this.#steps.push({ at: at % OBJECTS.length, change, kind, sizeBytes, beforeBytes: undefined, made: false });
  }

  goOn(index: number): void {
    const step = this.#steps[index % Math.max(1, this.#steps.length)];
    if (step === undefined) return;
    const isThere = this.disk.has(step.at);
    if (step.made) this.#tell(step);
    else if (this.#steps.some((other) => other !== step && other.made && other.at === step.at)) return;
    else if (isThere === (step.kind === "upload")) this.#end(step);
    else {
      step.beforeBytes = this.disk.get(step.at);
      step.made = true;
      if (step.kind === "upload") this.disk.set(step.at, step.sizeBytes);
      else this.disk.delete(step.at);
    }
  }

  walk(): void {
    const folder = FOLDERS[this.#folder];
    if (folder === undefined) {
      if (this.#counter === undefined && ![...this.#changes].some(isHalfSeen)) {
        this.#counter = structuredClone(this.#recount.use);
        for (const change of this.#changes) delete change.seen;
      }
      return;
    }
    if (this.#item === undefined) {
      this.#recount.begin(folder, folder === "index" ? "index" : "data");
      this.#item = 0;
    } else if (this.#item < OBJECTS.length) {
      const entry = OBJECTS[this.#item];
      const sizeBytes = this.disk.get(this.#item);
      if (entry?.folder === folder && sizeBytes !== undefined) this.#recount.see("id" in entry.object ? entry.object.id : "", sizeBytes);
      this.#item += 1;
    } else {
      this.#recount.end(this.#changes);
      this.#item = undefined;
      this.#folder += 1;
    }
  }

  /** Lets everything end and compares. */
  finish(): void {
    for (let turns = 0; this.#steps.length > 0 || this.#counter === undefined; turns += 1) {
      assert.ok(turns < 1000, "it does not come to an end");
      this.goOn(turns);
      this.walk();
    }
    const truth = noUse();
    for (const [at, sizeBytes] of this.disk) {
      addEffect(truth, OBJECTS[at]?.object.type ?? "data", { beforeBytes: undefined, afterBytes: sizeBytes });
    }
    assert.deepEqual(this.#counter, truth);
  }

  #tell(step: Step): void {
    const effect = { beforeBytes: step.beforeBytes, afterBytes: step.kind === "upload" ? step.sizeBytes : undefined };
    this.#end(step);
    if (this.#counter === undefined) this.#recount.tell(step.change, effect, this.#changes);
    else addEffect(this.#counter, step.change.object.type, effect);
  }

  #end(step: Step): void {
    this.#changes.delete(step.change);
    this.#steps.splice(this.#steps.indexOf(step), 1);
  }
}

test("whatever comes and goes during a count, in any order, is in the sum exactly once", () => {
  const action = fc.oneof(
    fc.record({
      do: fc.constant("begin" as const),
      at: fc.nat(5),
      kind: fc.constantFrom("upload", "removal" as const),
      size: fc.integer({ min: 1, max: 99 }),
    }),
    fc.record({ do: fc.constant("goOn" as const), index: fc.nat(20) }),
    fc.record({ do: fc.constant("walk" as const) }),
  );
  fc.assert(
    fc.property(fc.array(fc.nat(5), { maxLength: 6 }), fc.array(action, { minLength: 20, maxLength: 150 }), (there, actions) => {
      const model = new Model();
      for (const at of there) model.disk.set(at, 1000 + at);
      for (const it of actions) {
        if (it.do === "begin") model.begin(it.at, it.kind as Step["kind"], it.size);
        else if (it.do === "goOn") model.goOn(it.index);
        else model.walk();
      }
      model.finish();
    }),
    { numRuns: 3000 },
  );
});
