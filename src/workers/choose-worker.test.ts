import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseWorker, mostConnections } from "./choose-worker.ts";

const ROOM = { mostConnections: 10 };

test("a connection goes to the worker that has the fewest, to one in trouble only where no other has room", () => {
  const [few, more] = [
    { connections: 3, isInTrouble: false },
    { connections: 4, isInTrouble: false },
  ];
  const [idle, full] = [
    { connections: 0, isInTrouble: true },
    { connections: 10, isInTrouble: false },
  ];
  assert.equal(chooseWorker([more, few, idle], ROOM), few);
  assert.equal(chooseWorker([full, idle], ROOM), idle);
  assert.equal(chooseWorker([full, { ...full, isInTrouble: true }], ROOM), undefined);
  assert.equal(chooseWorker([], ROOM), undefined);
});

test("half of what a worker may open is for its connections, but for what it needs anyway", () => {
  assert.equal(mostConnections({ descriptors: 1024 }), 464);
  assert.equal(mostConnections({ descriptors: 128 }), 16);
  assert.equal(mostConnections({ descriptors: 20 }), 8);
  assert.equal(mostConnections({ descriptors: Number.POSITIVE_INFINITY }), Number.POSITIVE_INFINITY);
});
