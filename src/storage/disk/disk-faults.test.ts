import assert from "node:assert/strict";
import { test } from "node:test";
import { filePath } from "../file-path.ts";
import { MemoryDisk } from "../memory/memory-disk.ts";
import { type MemoryStep, systemError } from "../memory/memory-fault.ts";
import { MemoryStorage } from "../memory/memory-storage.ts";
import { WRITING_MODES, type WritingMode } from "../memory/writing-modes.ts";
import { attempt, failing, open, PATH, readText, SIGNAL, TEMPS, TEXT } from "./faulty-storage.ts";

const IN_TRASH = filePath(".hub-trash", "1970-01-01T00", ...PATH.split("/"));
const FUTURE = { oursBeforeMs: Date.now() + 1e9, foreignBeforeMs: Date.now() + 1e9 };

for (const [how, mode] of Object.entries(WRITING_MODES)) {
  for (const code of ["ENOSPC", "EDQUOT"]) {
    test(`${code} in any step of an upload is storage_full, and everything is cleaned up (${how})`, async () => {
      for (const step of await stepsOfUpload(mode)) {
        const { storage, warnings } = open({ writesAtOnce: mode() });
        storage.inject(({ index }) => (index === step.index ? { kind: "fail-before", error: systemError(code) } : undefined));
        const outcome = await attempt(storage);
        storage.inject(undefined);
        const isCleanUp = step.call === "unlink" || step.call === "stat"; // nobody needs to know of these
        assert.equal(outcome, isCleanUp ? "stored" : "storage_full", step.call);
        assert.equal((await storage.stat(PATH, SIGNAL)).kind, isCleanUp ? "file" : "absent", step.call);
        assert.equal(await storage.sweep(filePath(), FUTURE, SIGNAL), step.call === "unlink" ? 1 : 0, step.call);
        assert.equal(warnings.length, step.call === "unlink" ? 1 : 0, step.call);
        assert.equal(storage.openFiles, 0, step.call);
      }
    });
  }

  test(`an upload that was refused after any step, done or not, is not there; one that was taken is there whole (${how})`, async () => {
    for (const kind of ["fail-before", "fail-after"] as const) {
      for (const step of await stepsOfUpload(mode)) {
        const { storage } = open({ writesAtOnce: mode() });
        storage.inject(({ index }) => (index === step.index ? { kind, error: systemError("EIO") } : undefined));
        const outcome = await attempt(storage);
        storage.inject(undefined);
        assert.equal(await readText(storage), outcome === "stored" ? TEXT : undefined, `${step.call}, ${kind}`);
      }
    }
  });

  test(`a disk that is full in the middle of an upload refuses it and is as empty as before (${how})`, async () => {
    const { storage } = open({ capacityBytes: 30, writesAtOnce: mode() });
    assert.equal(await attempt(storage), "storage_full");
    assert.deepEqual(await storage.space(filePath(), SIGNAL), { freeBytes: 30, totalBytes: 30 });
  });

  test(`writes and reads that move fewer bytes than asked go on with the rest (${how})`, async () => {
    const { storage } = open({ writesAtOnce: mode() });
    storage.inject(({ call }) => (call === "write" ? { kind: "short" } : undefined));
    assert.equal(await attempt(storage), "stored");
    let reads = 0;
    storage.inject(({ call }) => {
      if (call !== "read") return undefined;
      reads += 1;
      return reads % 2 === 1 ? { kind: "short" } : undefined;
    });
    assert.equal(await readText(storage), TEXT);
  });

  test(`a step that hangs ends with its signal, and nothing is left (${how})`, async () => {
    for (const call of ["createFile", "write", "syncFile", "link"] as const) {
      const { storage } = open({ writesAtOnce: mode() });
      const client = new AbortController();
      storage.inject((step) => (step.call === call ? { kind: "hang", signal: client.signal } : undefined));
      setTimeout(() => client.abort(systemError("ECANCELED")), 5);
      assert.equal(await attempt(storage), "ECANCELED", call);
      storage.inject(undefined);
      assert.equal(await storage.sweep(filePath(), FUTURE, SIGNAL), 0, call);
      assert.equal(storage.openFiles, 0, call);
    }
  });
}

for (const [call, code] of [
  ["syncFile", "ENOTSUP"],
  ["syncFile", "EINVAL"],
  ["syncFolder", "EOPNOTSUPP"],
  ["syncFolder", "EINVAL"],
  ["syncFolder", "ENOENT"],
] as const) {
  test(`${call} with ${code} is believed, and told of once`, async () => {
    const { storage, warnings } = open();
    storage.inject(failing(call, code));
    assert.equal(await attempt(storage), "stored");
    assert.equal(await attempt(storage, filePath("r", "other")), "stored");
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? "", new RegExp(code));
  });
}

test("a sync of a file that fails otherwise, ENOENT too, fails the upload", async () => {
  for (const code of ["EIO", "ENOENT"]) {
    const { storage } = open();
    storage.inject(failing("syncFile", code));
    assert.equal(await attempt(storage), code === "EIO" ? "damaged" : code);
    storage.inject(undefined);
    assert.equal((await storage.stat(PATH, SIGNAL)).kind, "absent");
  }
});

/** A file that another program has written here and not synced. */
async function withForeignFile(): Promise<MemoryDisk> {
  const disk = new MemoryDisk({ capacityBytes: 1000, clock: Date.now });
  const storage = new MemoryStorage({}, disk);
  await storage.makeFolder(filePath("r", "data", "ab"), SIGNAL);
  const file = await disk.createFile(PATH, 0o600);
  await disk.write(file, Buffer.from(TEXT), 0);
  await disk.close(file);
  return disk;
}

test("1.5: a stored file whose sync failed is written anew before it counts as kept: a later sync says yes and writes nothing", async () => {
  for (let seed = 0; seed < 20; seed += 1) {
    const storage = new MemoryStorage({}, await withForeignFile());
    storage.inject(failing("syncFile", "EIO"));
    await assert.rejects(storage.settle(PATH, SIGNAL), { code: "damaged" });
    storage.inject(undefined);
    await assert.rejects(storage.settle(PATH, SIGNAL), { code: "damaged", message: /send it again/ });
    assert.equal(((await storage.stat(PATH, SIGNAL)) as { unsynced?: boolean }).unsynced, true);
    assert.equal(await attempt(storage, PATH, "replace"), "stored");
    assert.equal(await storage.settle(PATH, SIGNAL), true);
    assert.equal(((await storage.stat(PATH, SIGNAL)) as { unsynced?: boolean }).unsynced, undefined);
    assert.equal(await readText(storage.powerCut(seed)), TEXT);
  }
});

test("the model loses what a failed sync has forgotten: who believed the next sync would have told a lie", async () => {
  const kept = [];
  for (let seed = 0; seed < 20; seed += 1) {
    const disk = await withForeignFile();
    const file = await disk.openToRead(PATH);
    disk.inject(failing("syncFile", "EIO"));
    await assert.rejects(disk.syncFile(file), { code: "EIO" });
    disk.inject(undefined);
    await disk.syncFile(file);
    kept.push((await readText(new MemoryStorage({}, disk.powerCut(seed)))) === TEXT);
  }
  assert.ok(kept.includes(false));
});

test("1.5: a file whose sync has failed in one process counts as kept in no other, nor after a restart, before it is written anew", async () => {
  for (let seed = 0; seed < 20; seed += 1) {
    const disk = await withForeignFile();
    const [one, other] = [new MemoryStorage({}, disk), new MemoryStorage({}, disk)];
    one.inject(failing("syncFile", "EIO"));
    await assert.rejects(one.settle(PATH, SIGNAL), { code: "damaged" });
    one.inject(undefined);
    for (const process of [other, new MemoryStorage({}, disk)]) {
      await assert.rejects(process.settle(PATH, SIGNAL), { code: "damaged", message: /send it again/ });
      assert.equal(((await process.stat(PATH, SIGNAL)) as { unsynced?: boolean }).unsynced, true);
    }
    assert.equal(await attempt(other, PATH, "replace"), "stored");
    const next = new MemoryStorage({}, disk);
    assert.equal(await next.settle(PATH, SIGNAL), true);
    assert.equal(((await next.stat(PATH, SIGNAL)) as { unsynced?: boolean }).unsynced, undefined);
    const listed = await Array.fromAsync(next.list(filePath(), SIGNAL), ({ path }) => path);
    assert.deepEqual(listed, [PATH]);
    assert.equal(await readText(next.powerCut(seed)), TEXT);
  }
});

test("a sync that says yes because another process was told of the failure a moment before is not believed", async () => {
  const disk = await withForeignFile();
  const other = new MemoryStorage({}, disk);
  const syncFile = async (file: number) => {
    disk.inject(failing("syncFile", "EIO"));
    await assert.rejects(other.settle(PATH, SIGNAL), { code: "damaged" });
    disk.inject(undefined);
    await disk.syncFile(file);
  };
  const late = new Proxy(disk, {
    get(target, key) {
      const step: unknown = key === "syncFile" ? syncFile : Reflect.get(target, key);
      return typeof step === "function" ? step.bind(target) : step;
    },
  });
  await assert.rejects(new MemoryStorage({}, late).settle(PATH, SIGNAL), { code: "damaged", message: /send it again/ });
});

test("where no mark of a failed sync can be made the process itself still knows, and says so", async () => {
  const warnings: string[] = [];
  const storage = new MemoryStorage({ warn: (message) => warnings.push(message) }, await withForeignFile());
  storage.inject(({ call }) => {
    const isOver = call === "syncFile" || call === "makeFolder" || call === "createFile";
    return isOver ? { kind: "fail-before", error: systemError(call === "syncFile" ? "EIO" : "EROFS") } : undefined;
  });
  await assert.rejects(storage.settle(PATH, SIGNAL), { code: "damaged" });
  storage.inject(undefined);
  await assert.rejects(storage.settle(PATH, SIGNAL), { code: "damaged", message: /send it again/ });
  assert.match(warnings.join("\n"), /no mark can say so/);
});

for (const code of ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]) {
  test(`where link says ${code} a file is published by rename, and still never over another`, async () => {
    const { storage } = open();
    storage.inject(failing("link", code));
    const outcomes = await Promise.all([attempt(storage), attempt(storage)]);
    assert.deepEqual(outcomes.sort(), ["already_exists", "stored"]);
    assert.equal(await readText(storage), TEXT);
    assert.equal(await storage.sweep(filePath(), FUTURE, SIGNAL), 0);
  });
}

test("temps on another file system cost one copy, and later uploads begin beside their target", async () => {
  for (const publish of ["absent", "replace"] as const) {
    const { storage } = open({ fileMode: 0o400 });
    await attempt(storage);
    const created: string[] = [];
    // A step of two paths is told by its target: where the file comes from is where the last temp was made.
    storage.inject(({ call, path }) => {
      if (call === "createFile") created.push(path);
      const isApart = (call === "link" || call === "rename") && created.at(-1)?.startsWith(TEMPS) === true;
      return isApart ? { kind: "fail-before", error: systemError("EXDEV") } : undefined;
    });
    for (const name of ["one", "two"]) assert.equal(await attempt(storage, filePath("r", "apart", name), publish), "stored");
    storage.inject(undefined);

    assert.deepEqual(
      created.map((path) => path.replace(/[0-9a-f-]{36}$/, "*")),
      ["r/.hub-tmp/*", "r/apart/.hub-tmp-*", "r/apart/.hub-tmp-*"],
    );
    for (const name of ["one", "two"]) assert.equal(await readText(storage, filePath("r", "apart", name)), TEXT);
    assert.equal(await storage.sweep(filePath(), FUTURE, SIGNAL), 0);
    assert.equal(storage.openFiles, 0);
  }
});

test("a sound file that is not durable yet is not shown to anyone", async () => {
  const { storage } = open();
  const release = new AbortController();
  const { promise: synced, resolve: reachSync } = Promise.withResolvers<void>();
  storage.inject(({ call, path }) => {
    if (call !== "syncFolder" || path !== "r/data/ab") return undefined;
    reachSync();
    return { kind: "hang", signal: release.signal };
  });
  const upload = attempt(storage);
  await synced;
  const looks = Promise.all([storage.stat(PATH, SIGNAL), storage.erase(PATH, SIGNAL), attempt(storage)]);
  storage.inject(undefined);
  release.abort(systemError("EIO")); // the sync fails after all
  assert.equal(await upload, "damaged");
  const [seen, erased, second] = await looks;
  assert.deepEqual([seen.kind, erased, second], ["absent", false, "stored"]);
});

test("uploads into one folder share its sync, but none that began before their file had its name", async () => {
  const { storage } = open();
  await storage.makeFolder(filePath("r", "data", "ab"), SIGNAL);
  const log: string[] = [];
  storage.inject(({ call, path }) => {
    if (call === "link" || (call === "syncFolder" && path === "r/data/ab")) log.push(call);
    return undefined;
  });
  await Promise.all(Array.from({ length: 8 }, (_, index) => attempt(storage, filePath("r", "data", "ab", `${index}`))));
  assert.equal(log.filter((call) => call === "link").length, 8);
  assert.ok(log.lastIndexOf("syncFolder") > log.lastIndexOf("link"));
  assert.ok(log.filter((call) => call === "syncFolder").length < 8);
});

test("an upload whose name came after a sync of its folder had begun waits for another", async () => {
  const { storage } = open();
  await storage.makeFolder(filePath("r", "data", "ab"), SIGNAL);
  const release = new AbortController();
  const reached = { sync: Promise.withResolvers<void>(), secondLink: Promise.withResolvers<void>() };
  let syncs = 0;
  storage.inject(({ call, path }) => {
    if (call === "link" && path.endsWith("second")) reached.secondLink.resolve();
    if (call !== "syncFolder" || path !== "r/data/ab") return undefined;
    syncs += 1;
    reached.sync.resolve();
    return syncs === 1 ? { kind: "hang", signal: release.signal } : undefined;
  });
  const first = attempt(storage, filePath("r", "data", "ab", "first"));
  await reached.sync.promise;
  const second = attempt(storage, filePath("r", "data", "ab", "second"));
  await reached.secondLink.promise;
  release.abort(systemError("EIO"));
  assert.deepEqual([await first, await second, syncs], ["damaged", "stored", 2]);
});

test("that a name is taken is said only once it is durable: another process may have given it a moment ago", async () => {
  const { storage } = open();
  await attempt(storage);
  const calls: string[] = [];
  storage.inject(({ call, path }) => void calls.push(`${call} ${path}`));
  assert.equal(await attempt(storage), "already_exists");
  assert.ok(calls.lastIndexOf("syncFolder r/data/ab") > calls.indexOf(`link ${PATH}`));
});

test("a folder that is taken away between an upload and its publication is made again", async () => {
  const { storage } = open();
  assert.equal(await attempt(storage), "stored");
  let missing = true;
  storage.inject(({ call }) => {
    if (call !== "link" || !missing) return undefined;
    missing = false;
    return { kind: "fail-before", error: systemError("ENOENT") };
  });
  assert.equal(await attempt(storage, filePath("r", "data", "ab", "second")), "stored");
});

test("health names what is wrong when the probe cannot be written", async () => {
  const { storage } = open();
  storage.inject(failing("syncFile", "EROFS"));
  const health = await storage.check(SIGNAL);
  assert.equal(health.writable, false);
  assert.match(health.problem ?? "", /EROFS/);
  assert.equal(storage.openFiles, 0);
});

async function stepsOfUpload(mode: WritingMode): Promise<readonly MemoryStep[]> {
  const steps: MemoryStep[] = [];
  const { storage } = open({ writesAtOnce: mode() });
  storage.inject((step) => void steps.push(step));
  assert.equal(await attempt(storage), "stored");
  assert.ok(steps.length > 10);
  return steps;
}

for (const kind of ["fail-before", "fail-after"] as const) {
  test(`a removal of which any step fails (${kind}) loses nothing: the bytes are at their path or in the trash`, async () => {
    for (let index = 0; ; index += 1) {
      const { storage } = open();
      await attempt(storage);
      let call = "";
      storage.inject((step) => {
        if (step.index !== index) return undefined;
        call = step.call;
        return { kind, error: systemError("EIO") };
      });
      await storage.moveToTrash(PATH, { atMs: 0 }, SIGNAL).catch(() => undefined);
      storage.inject(undefined);
      if (call === "") break;
      const there = await readText(storage);
      assert.ok(there === TEXT || (there === undefined && (await readText(storage, IN_TRASH)) === TEXT), `${index} ${call}`);
      assert.equal(storage.openFiles, 0, `${index} ${call}`);

      // Who asks again gets it done.
      await storage.moveToTrash(PATH, { atMs: 0 }, SIGNAL);
      assert.equal(await readText(storage), undefined, `${index} ${call}`);
      assert.equal(await readText(storage, IN_TRASH), TEXT, `${index} ${call}`);
    }
  });
}

for (const kind of ["fail-before", "fail-after"] as const) {
  test(`a restore of which any step fails (${kind}) loses nothing, and who asks again gets it done`, async () => {
    for (let index = 0; ; index += 1) {
      const { storage } = open();
      await attempt(storage);
      await storage.moveToTrash(PATH, { atMs: 0 }, SIGNAL);
      let call = "";
      storage.inject((step) => {
        if (step.index !== index) return undefined;
        call = step.call;
        return { kind, error: systemError("EIO") };
      });
      await storage.restoreFromTrash({ batch: "1970-01-01T00", path: PATH }, SIGNAL).catch(() => undefined);
      storage.inject(undefined);
      if (call === "") break;
      assert.equal(storage.openFiles, 0, `${index} ${call}`);
      for (const batch of await storage.listTrashBatches(SIGNAL)) {
        await storage.restoreFromTrash({ batch, path: PATH }, SIGNAL).catch((error: { code?: unknown }) => {
          assert.equal(error.code, "not_found", `${index} ${call}`);
        });
      }
      assert.equal(await readText(storage), TEXT, `${index} ${call}`);
    }
  });
}

for (const code of ["EPERM", "EXDEV"]) {
  test(`where link says ${code} a file goes to the trash and comes back all the same, and never over another`, async () => {
    const { storage } = open();
    await attempt(storage);
    const crossing = (to: "path" | "trash") => {
      let first = true;
      storage.inject(({ call, path }) => {
        const crosses = path.startsWith(".hub-trash/") === (to === "trash");
        const fails = (call === "link" && (code !== "EXDEV" || (first && crosses))) || (call === "rename" && code === "EXDEV" && crosses);
        if (call === "link" && crosses) first = false;
        return fails ? { kind: "fail-before", error: systemError(code) } : undefined;
      });
    };
    crossing("trash");
    assert.deepEqual(await storage.moveToTrash(PATH, { atMs: 0 }, SIGNAL), { sizeBytes: TEXT.length, trashedBytes: TEXT.length });
    assert.equal(await readText(storage), undefined);
    assert.equal(await readText(storage, IN_TRASH), TEXT);
    crossing("path");
    assert.equal(await storage.restoreFromTrash({ batch: "1970-01-01T00", path: PATH }, SIGNAL), "restored");
    assert.equal(await readText(storage), TEXT);
    assert.equal(await readText(storage, IN_TRASH), undefined);
    storage.inject(undefined);
    assert.equal(await storage.sweep(filePath(), FUTURE, SIGNAL), 0);
    assert.equal(storage.openFiles, 0);
  });
}

test("a trash without room for a copy refuses the removal, and the file stays", async () => {
  const { storage } = open({ capacityBytes: TEXT.length + 10 });
  await attempt(storage);
  storage.inject(failing("link", "EXDEV"));
  await assert.rejects(storage.moveToTrash(PATH, { atMs: 0 }, SIGNAL), { code: "storage_full" });
  assert.equal(await readText(storage), TEXT);
});
