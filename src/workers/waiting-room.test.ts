import assert from "node:assert/strict";
import { Socket } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Accepted } from "#gate/reception.ts";
import { WaitingRoom } from "./waiting-room.ts";

function visitor(said: string[]): Accepted {
  const socket = new Socket();
  return {
    listener: "restic",
    socket,
    address: "192.0.2.1",
    surplus: false,
    release: () => void said.push("released"),
    leave: () => void said.push("left"),
  };
}

test("who waits for a worker is handed over in turn, and turned away after a while or when there are too many", async () => {
  using room = new WaitingRoom(200);
  const said: string[] = [];
  const [first, second] = [visitor(said), visitor(said)];
  room.add(first);
  room.add(second);
  assert.deepEqual(room.takeAll(), [first, second]);
  await sleep(300);
  assert.deepEqual([room.takeAll(), said], [[], []]);

  room.add(first);
  while (said.length < 2) await sleep(20);
  assert.deepEqual([room.takeAll(), said], [[], ["released", "left"]]);

  for (let count = 0; count < 1025; count += 1) room.add(visitor(said));
  assert.equal(said.length, 4);
  assert.equal(room.takeAll().length, 1024);
});

test("nobody waits any more once the hub stops", () => {
  const said: string[] = [];
  const room = new WaitingRoom(60_000);
  room.add(visitor(said));
  room[Symbol.dispose]();
  room.add(visitor(said));
  assert.deepEqual(said, ["released", "left", "released", "left"]);
});
