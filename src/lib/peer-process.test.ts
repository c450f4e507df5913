import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { findPeerUid, type SocketEnds, uidOf } from "./peer-process.ts";

const ENDS: SocketEnds = { localAddress: "127.0.0.1", localPort: 9898, remoteAddress: "127.0.0.1", remotePort: 40_000 };
// As Linux writes it: the client's own socket, uid 1000, inode 4711.
const LINE =
  "   3: 0100007F:9C40 0100007F:26AA 01 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0000000000000000 20 4 30 10 -1";
const skip = process.platform !== "linux" && "only Linux has this table";

test("the line of the other end tells its user, and that of our own end does not", () => {
  assert.equal(uidOf(LINE, ENDS), 1000);
  assert.equal(uidOf(LINE, { ...ENDS, remotePort: 40_001 }), undefined);
  assert.equal(uidOf(LINE, { ...ENDS, localPort: 9899 }), undefined);
  assert.equal(uidOf(LINE.replace("0100007F:9C40 0100007F:26AA", "0100007F:26AA 0100007F:9C40"), ENDS), undefined);
  assert.equal(uidOf("  sl  local_address rem_address   st tx_queue", ENDS), undefined);
  assert.equal(uidOf("", ENDS), undefined);
});

test("IPv6, and IPv4 within it, are the same addresses in whichever table they stand", () => {
  const loopback6 = "00000000000000000000000001000000";
  const mapped = "0000000000000000FFFF00000100007F";
  const line6 = LINE.replace("0100007F:9C40 0100007F:26AA", `${loopback6}:9C40 ${loopback6}:26AA`);
  assert.equal(uidOf(line6, { ...ENDS, localAddress: "::1", remoteAddress: "::1" }), 1000);
  assert.equal(uidOf(line6, ENDS), undefined);
  assert.equal(uidOf(LINE.replace("0100007F:9C40 0100007F:26AA", `${mapped}:9C40 ${mapped}:26AA`), ENDS), 1000);
  assert.equal(uidOf(LINE, { ...ENDS, localAddress: "::ffff:127.0.0.1", remoteAddress: "::ffff:127.0.0.1" }), 1000);
});

test("a socket that its owner has closed belongs to nobody, although the table says root", () => {
  const orphan = LINE.replace("  1000        0 4711", "     0        0 0");
  assert.equal(uidOf(orphan, ENDS), undefined);
  for (const state of ["04", "05", "06", "07", "08"]) assert.equal(uidOf(LINE.replace(" 01 ", ` ${state} `), ENDS), undefined, state);
});

test("the user of a process that is connected is found, on IPv4 and IPv6, and not once it has closed", { skip }, async () => {
  for (const host of ["127.0.0.1", "::1"]) {
    const server = createServer({ allowHalfOpen: true }).listen(0, host);
    await once(server, "listening");
    const { port } = server.address() as { port: number }; // it listens on TCP
    const client = connect({ host, port, allowHalfOpen: true });
    const [accepted] = (await once(server, "connection")) as [Socket];
    const { localAddress = "", localPort = 0, remoteAddress = "", remotePort = 0 } = accepted;
    const ends = { localAddress, localPort, remoteAddress, remotePort };
    assert.equal(await findPeerUid(ends, 1024 * 1024), process.getuid?.());
    client.destroy();
    accepted.resume();
    await once(accepted, "end");
    assert.equal(await findPeerUid(ends, 1024 * 1024), undefined);
    accepted.destroy();
    server.close();
  }
});
