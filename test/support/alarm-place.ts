import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { join } from "node:path";
import { openDatabase } from "#db/database.ts";
import { addChannel, type NewChannel } from "#domain/alarms/add-channel.ts";
import type { AlarmCore, AlarmWork, ChannelWay, Sealer } from "#domain/alarms/alarm-core.ts";
import { deliver } from "#domain/alarms/deliver.ts";
import { sendDigest } from "#domain/alarms/send-digest.ts";
import { tellAlarms } from "#domain/alarms/tell-alarms.ts";
import { openLog } from "#lib/log.ts";
import { DEFAULT_LIMITS, type Limits } from "#limits.ts";
import { OPERATOR } from "#model/actor.ts";
import { CHANNEL_KINDS, type Notice } from "#model/alarm.ts";
import type { ChannelSettings } from "#model/alarm-channel.ts";
import { tempFolder } from "./temp-folder.ts";

/** One notice as a receiver got it. */
export interface Received {
  readonly to: string;
  readonly atMs: number;
  readonly notice: Notice;
}

/** An error as channels throw it. */
export function refusal(message: string, retry: boolean, pauseMs?: number): Error {
  return Object.assign(new Error(message), { retry, pauseMs });
}

const STARTED_MS = Date.UTC(2026, 10, 22, 12, 0);

/** Alarms over SQLite and receivers in memory; time stands still but for `run`, which makes the work that is due in its order. */
export async function openAlarmPlace(limits: Partial<Limits> = {}) {
  const folder = await tempFolder();
  const all = { ...DEFAULT_LIMITS, ...limits };
  const database = await openDatabase({ kind: "sqlite", file: join(folder.path, "facts.sqlite"), limits: all });
  const logged: string[] = [];
  const received: Received[] = [];
  const due = new Map<string, { readonly kind: AlarmWork; readonly key: string; readonly dueAtMs: number }>();
  const signal = AbortSignal.timeout(60_000);
  const state = { nowMs: STARTED_MS, ids: 0, scheduling: true, digestLines: [] as readonly string[] };
  /** How the receiver at that address takes a notice; it throws what a channel would. */
  let answer: (to: string, notice: Notice, settings: ChannelSettings) => Promise<void> = async () => {};
  const way: ChannelWay = {
    secretNames: ["token"],
    addressNames: ["url"],
    check: (settings) => settings,
    send: async (notice, settings) => {
      const to = String(settings["url"]);
      await answer(to, notice, settings);
      received.push({ to, atMs: state.nowMs, notice });
    },
  };
  const core: AlarmCore = {
    database,
    clock: () => state.nowMs,
    limits: all,
    log: openLog({ level: "debug", format: "json" }, (line) => void logged.push(line)),
    alarms: {
      ways: Object.fromEntries(CHANNEL_KINDS.map((kind) => [kind, way])) as unknown as AlarmCore["alarms"]["ways"],
      sealer: sealerOf(randomBytes(32)),
      schedule: async (kind, key, dueAtMs) => {
        if (!state.scheduling) throw new Error("no work is taken");
        const known = due.get(`${kind} ${key}`);
        due.set(`${kind} ${key}`, { kind, key, dueAtMs: Math.min(dueAtMs, known?.dueAtMs ?? dueAtMs) });
      },
      newId: () => `id-${++state.ids}`,
      alarmUrl: (id) => `https://hub.example/alarms/${id}`,
      digestLines: async () => state.digestLines,
    },
  };
  const carryOut = async (kind: AlarmWork, key: string) => {
    if (kind === "alarms.tell") return await tellAlarms(core, signal);
    return kind === "alarms.deliver" ? await deliver(core, Number(key), signal) : await sendDigest(core, Number(key), signal);
  };
  return {
    core,
    state,
    received,
    logged,
    /** Titles of what has come since the last call. */
    titles: () => received.splice(0).map(({ to, notice }) => `${to}: ${notice.title}`),
    setAnswer: (next: typeof answer) => {
      answer = next;
    },
    addChannel: (name: string, options: Partial<NewChannel> & { readonly settings?: ChannelSettings } = {}) =>
      addChannel(core, OPERATOR, { name, kind: "ntfy", settings: { url: name, token: `secret of ${name}` }, ...options }),
    /** Lets so much time pass. */
    async run(ms: number) {
      const untilMs = state.nowMs + ms;
      for (let rounds = 0; rounds < 5000; rounds += 1) {
        const [next] = [...due.values()].sort((one, other) => one.dueAtMs - other.dueAtMs);
        if (next === undefined || next.dueAtMs > untilMs) {
          state.nowMs = untilMs;
          return;
        }
        due.delete(`${next.kind} ${next.key}`);
        state.nowMs = Math.max(state.nowMs, next.dueAtMs);
        const againAtMs = await carryOut(next.kind, next.key);
        if (againAtMs !== undefined) await core.alarms.schedule(next.kind, next.key, againAtMs).catch(() => {});
      }
      throw new Error("the work does not end");
    },
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

export type AlarmPlace = Awaited<ReturnType<typeof openAlarmPlace>>;

function sealerOf(key: Buffer): Sealer {
  return {
    seal(text, place) {
      const iv = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(place));
      const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString("base64");
    },
    open(sealed, place) {
      const bytes = Buffer.from(sealed, "base64");
      const cipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12)).setAAD(Buffer.from(place));
      cipher.setAuthTag(bytes.subarray(12, 28));
      return Buffer.concat([cipher.update(bytes.subarray(28)), cipher.final()]).toString("utf8");
    },
  };
}
