import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { HubError } from "#model/hub-error.ts";
import { HubLine, type MessageWire } from "./hub-line.ts";

function wireOf(port: MessagePort): MessageWire {
  return {
    send: (message) => port.postMessage(message),
    onMessage: (take) => port.on("message", take),
    onEnd: (ended) => port.on("close", ended),
  };
}

function linePair() {
  const { port1, port2 } = new MessageChannel();
  const faults: unknown[] = [];
  const options = { answerMs: 200, tellDelayMs: 5, onFault: (error: unknown) => void faults.push(error) };
  return {
    one: new HubLine(wireOf(port1), options),
    other: new HubLine(wireOf(port2), options),
    faults,
    close: () => port1.close(),
    [Symbol.dispose]: () => port1.close(),
  };
}

test("what is told arrives in order, and before what is asked behind it", async () => {
  using pair = linePair();
  const told: number[] = [];
  pair.other.onTold<number>("count", (number) => void told.push(number));
  pair.other.onAsked("so far", () => [...told]);
  for (let number = 0; number < 1000; number += 1) pair.one.tell("count", number);
  assert.deepEqual(
    await pair.one.ask("so far"),
    Array.from({ length: 1000 }, (_, number) => number),
  );
});

test("what is told is sent without being asked for", async () => {
  using pair = linePair();
  const { promise, resolve } = Promise.withResolvers<string>();
  pair.other.onTold<string>("word", resolve);
  pair.one.tell("word", "hello");
  assert.equal(await promise, "hello");
});

test("a question that nobody answers, whose answer fails or does not come, or whose line ends, is unavailable", async () => {
  using pair = linePair();
  const unavailable = { code: "unavailable" };
  await assert.rejects(pair.one.ask("unknown"), unavailable);
  pair.other.onAsked("broken", () => {
    throw new Error("broken on purpose");
  });
  await assert.rejects(pair.one.ask("broken"), { code: "unavailable", message: /cannot answer/ });
  assert.equal(pair.faults.length, 2);
  pair.other.onAsked("slow", () => sleep(10_000, undefined, { ref: false }));
  await assert.rejects(pair.one.ask("slow"), unavailable);
  const asked = assert.rejects(pair.one.ask("slow"), unavailable);
  pair.close();
  await asked;
  assert.equal(pair.one.isOver, true);
  await assert.rejects(pair.one.ask("slow"), unavailable);
  pair.one.tell("word", "into the void");
});

test("a refusal keeps its code and its words, and is no fault", async () => {
  using pair = linePair();
  pair.other.onAsked("full", () => {
    throw new HubError("overloaded", "Too many at once");
  });
  await assert.rejects(pair.one.ask("full"), { code: "overloaded", message: "Too many at once" });
  assert.deepEqual(pair.faults, []);
});

test("a taker that throws is told of, and those after it get what is theirs", async () => {
  using pair = linePair();
  const told: string[] = [];
  pair.other.onTold("bad", () => {
    throw new Error("bad on purpose");
  });
  pair.other.onTold<string>("good", (word) => void told.push(word));
  pair.other.onAsked("so far", () => told);
  pair.one.tell("bad", 1);
  pair.one.tell("good", "yes");
  assert.deepEqual(await pair.one.ask("so far"), ["yes"]);
  assert.equal(pair.faults.length, 1);
});

test("an end that is stuck is asked nothing, and told later what it was told first; what is too much is lost and counted", async () => {
  const { port1, port2 } = new MessageChannel();
  const faults: unknown[] = [];
  const options = { answerMs: 200, tellDelayMs: 5, onFault: (error: unknown) => void faults.push(error) };
  let [isStuck, sent] = [true, 0];
  const wire = wireOf(port1);
  const send = (message: unknown) => {
    sent += 1;
    wire.send(message);
  };
  const counting: MessageWire = { ...wire, send, isStuck: () => isStuck };
  const [line, other] = [new HubLine(counting, options), new HubLine(wireOf(port2), options)];
  const [told, lost]: [number[], number[]] = [[], []];
  other.onTold<number>("count", (number) => void told.push(number));
  other.onAsked("so far", () => told.length);
  line.onLost((facts) => void lost.push(facts));
  for (let number = 0; number < 10_500; number += 1) line.tell("count", number);
  await assert.rejects(line.ask("so far"), { code: "unavailable" });
  await sleep(50);
  assert.deepEqual([sent, told.length, lost], [0, 0, []]);
  isStuck = false;
  assert.equal(await line.ask("so far"), 10_000);
  assert.deepEqual([told.at(0), told.at(-1), lost], [0, 9999, [500]]);
  line.tell("count", 1);
  assert.equal(await line.ask("so far"), 10_001);
  assert.deepEqual([lost, faults], [[500], []]);
  port1.close();
});
