import assert from "node:assert/strict";
import { test } from "node:test";
import { startDoorHub } from "../../../test/support/door-hub.ts";
import { randomObject, sha256 } from "../../../test/support/http-request.ts";

test("1.4: every form of Range gets the status and the bytes of the table", async () => {
  await using door = await startDoorHub();
  const { id, bytes } = randomObject(27);
  await door.send("POST", `/laptop/data/${id}`, { body: bytes });

  const whole: [status: number, start: number, end: number] = [200, 0, 27];
  const table: [range: string | undefined, expected: [status: number, start: number, end: number] | 416][] = [
    [undefined, whole],
    ["bytes=0-", [206, 0, 27]],
    ["bytes=5-", [206, 5, 27]],
    ["bytes=0-0", [206, 0, 1]],
    ["bytes=26-", [206, 26, 27]],
    ["bytes=0-9999", [206, 0, 27]],
    ["bytes=3-8", [206, 3, 9]],
    ["bytes=27-", 416],
    ["bytes=127-226", 416],
    ["bytes=5-2", 416],
    ["bytes=abc", 416],
    ["abc", whole],
    ["bits=0-1", whole],
    ["BYTES=0-3", 416],
    ["bytes=-5", [206, 22, 27]],
    ["bytes=-9999", [206, 0, 27]],
    ["bytes=-0", 416],
    ["bytes=", whole],
    ["bytes=0-1,3-4", whole],
    ["bytes=99999999999999999999-", 416],
    ["bytes=0-99999999999999999999", [206, 0, 27]],
  ];
  for (const [range, expected] of table) {
    const reply = await door.send("GET", `/laptop/data/${id}`, { headers: range === undefined ? {} : { range } });
    const label = range ?? "no Range";
    if (expected === 416) {
      assert.equal(reply.status, 416, label);
      assert.equal(reply.headers["content-range"], "bytes */27", label);
      continue;
    }
    const [status, start, end] = expected;
    assert.equal(reply.status, status, label);
    assert.deepEqual(reply.body, bytes.subarray(start, end), label);
    assert.equal(reply.headers["content-length"], String(end - start), label);
    assert.equal(reply.headers["content-range"], status === 206 ? `bytes ${start}-${end - 1}/27` : undefined, label);
    assert.equal(reply.headers["transfer-encoding"], undefined);
  }
});

test("1.4: any range of an object without bytes is 200 and empty", async () => {
  await using door = await startDoorHub();
  const id = sha256(Buffer.alloc(0));
  await door.send("POST", `/laptop/data/${id}`, { body: "" });
  for (const range of ["bytes=0-", "bytes=5-9", "bytes=-1"]) {
    const reply = await door.send("GET", `/laptop/data/${id}`, { headers: { range } });
    assert.deepEqual([reply.status, reply.body.length, reply.headers["content-length"]], [200, 0, "0"], range);
  }
});

test("1.4: If-Range gets the whole object, and If-None-Match is not looked at", async () => {
  await using door = await startDoorHub();
  const { id, bytes } = randomObject(27);
  await door.send("POST", `/laptop/data/${id}`, { body: bytes });
  const ifRange = await door.send("GET", `/laptop/data/${id}`, { headers: { range: "bytes=0-3", "if-range": '"x"' } });
  assert.deepEqual([ifRange.status, ifRange.body.length], [200, 27]);
  const ifNoneMatch = await door.send("GET", `/laptop/data/${id}`, { headers: { "if-none-match": "*" } });
  assert.equal(ifNoneMatch.status, 200);
});

test("1.4: an object's headers keep proxies and browsers from touching its bytes", async () => {
  await using door = await startDoorHub();
  const { id, bytes } = randomObject(27);
  await door.send("POST", `/laptop/keys/${id}`, { body: bytes });
  const { headers } = await door.send("GET", `/laptop/keys/${id}`);
  assert.equal(headers["content-type"], "application/octet-stream");
  assert.equal(headers["accept-ranges"], "bytes");
  assert.equal(headers["etag"], `"${id}"`);
  assert.equal(headers["cache-control"], "private, no-transform");
  assert.equal(headers["x-content-type-options"], "nosniff");
  assert.equal(headers["server"], undefined);
});

test("RB-2: fifty random parts of an object are read back exactly, and data/foobar is not found", async () => {
  await using door = await startDoorHub();
  const { id, bytes } = randomObject(300_000);
  await door.send("POST", `/laptop/data/${id}`, { body: bytes });
  assert.equal((await door.send("GET", "/laptop/data/foobar")).status, 404);
  for (let round = 0; round < 50; round += 1) {
    const start = Math.floor(Math.random() * bytes.length);
    const length = Math.floor(Math.random() * (bytes.length - start)); // 0: to the end, as restic asks for it
    const range = length === 0 ? `bytes=${start}-` : `bytes=${start}-${start + length - 1}`;
    const reply = await door.send("GET", `/laptop/data/${id}`, { headers: { range } });
    assert.equal(reply.status, 206);
    assert.deepEqual(reply.body, bytes.subarray(start, length === 0 ? undefined : start + length), range);
  }
});

test("RB-3: a part behind the end is refused in a way that does not mean absent", async () => {
  await using door = await startDoorHub();
  const { id, bytes } = randomObject(5000);
  await door.send("POST", `/laptop/data/${id}`, { body: bytes });
  const ask = (start: number) => door.send("GET", `/laptop/data/${id}`, { headers: { range: `bytes=${start}-${start + 99}` } });
  for (const start of [5000, 5100]) assert.equal((await ask(start)).status, 416);
  for (const start of [4901, 4950]) {
    const reply = await ask(start);
    assert.deepEqual([reply.status, Number(reply.headers["content-length"])], [206, 5000 - start]); // shorter than asked: an error to restic, and a lasting one
  }
});
