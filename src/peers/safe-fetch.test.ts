import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { inspect } from "node:util";
import { DEFAULT_LIMITS, type Limits } from "#limits.ts";
import { certificateAuthority } from "../../test/support/certificate-authority.ts";
import { reachOf } from "./reach.ts";
import { safeFetch } from "./safe-fetch.ts";
import { type WayOut, WayOutError, type WayOutProblem } from "./way-out.ts";

const never = new AbortController().signal;

function wayOut({ allow = ["127.0.0.1"], names = {}, limits = {}, ...more }: WayOptions = {}): WayOut {
  const resolve = async (host: string) => {
    const found = names[host];
    if (found === undefined) throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: "ENOTFOUND" });
    return found;
  };
  return { reach: reachOf(allow), resolve, limits: { ...DEFAULT_LIMITS, ...limits }, ...more };
}

interface WayOptions {
  readonly allow?: readonly string[];
  readonly names?: Readonly<Record<string, readonly string[]>>;
  readonly limits?: Partial<Limits>;
  readonly authorities?: readonly string[];
  readonly resolve?: WayOut["resolve"];
}

async function listening(server: Server): Promise<AsyncDisposable & { readonly port: number; readonly url: string }> {
  const sockets = new Set<import("node:net").Socket>();
  server.on("connection", (socket) => sockets.add(socket.on("error", () => undefined)));
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    port,
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const httpServer = (answer: RequestListener) => listening(createServer(answer));
const rawServer = (answer: (socket: import("node:net").Socket) => void) => listening(createTcpServer(answer));

const post = (way: WayOut, url: string, signal = never) => safeFetch(way, { method: "POST", url, body: "hello" }, signal);
const problemOf = (problem: WayOutProblem) => (error: unknown) => error instanceof WayOutError && error.problem === problem;

test("a request arrives as it was sent, under our own name and with the host it was meant for", async () => {
  let seen: unknown[] = [];
  await using server = await httpServer(async (request, response) => {
    const { "user-agent": agent, host, "x-own": own, connection } = request.headers;
    seen = [request.method, request.url, agent, host, own, connection, Buffer.concat(await Array.fromAsync(request)).toString()];
    response.writeHead(201, { "retry-after": "3" }).end("taken");
  });
  const way = wayOut({ names: { "hook.example": ["127.0.0.1"] } });
  const url = `http://hook.example:${server.port}/a%2Fb?c=%20`;
  const answer = await safeFetch(way, { method: "POST", url, headers: { "x-own": "1" }, body: "grüße" }, never);
  assert.deepEqual([answer.status, answer.body.toString(), answer.whole, answer.headers["retry-after"]], [201, "taken", true, "3"]);
  const [, , agent] = seen;
  assert.match(String(agent), /^Holdfast\/\d/);
  assert.deepEqual(seen, ["POST", "/a%2Fb?c=%20", agent, `hook.example:${server.port}`, "1", "close", "grüße"]);
});

test("a name is looked up once, and the connection goes to the address that was checked", async () => {
  let asked = 0;
  await using server = await httpServer((_request, response) => response.end("ours"));
  // The second look-up would lead elsewhere: whoever asks twice checks one place and calls another.
  const resolve = async () => {
    asked += 1;
    return asked === 1 ? ["127.0.0.1"] : ["127.0.0.2"];
  };
  const answer = await post(wayOut({ resolve }), `http://rebinding.example:${server.port}/`);
  assert.deepEqual([answer.body.toString(), asked], ["ours", 1]);
});

test("of several addresses only those that may be reached are called", async () => {
  await using server = await httpServer((_request, response) => response.end());
  const way = wayOut({ names: { "mixed.example": ["169.254.169.254", "::1", "127.0.0.1"] } });
  assert.equal((await post(way, `http://mixed.example:${server.port}/`)).status, 200);
});

test("an address that may not be reached is refused however it is written, without a connection", async () => {
  let connections = 0;
  await using server = await rawServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  const names = { localhost: ["127.0.0.1"], "nat.example": ["64:ff9b::7f00:1"], "mapped.example": ["::ffff:127.0.0.1"] };
  const way = wayOut({ allow: ["private"], names });
  const hosts = [
    "127.0.0.1",
    "127.1",
    "0x7f.1",
    "2130706433",
    "017700000001",
    "127.0.0.1.",
    "%31%32%37.0.0.1",
    "１２７.0.0.1",
    "[::1]",
    "[::]",
  ];
  const more = ["0", "0.0.0.0", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[fe80::1]", "169.254.169.254"];
  for (const host of [...hosts, ...more, ...Object.keys(names), "LOCALHOST"]) {
    await assert.rejects(post(way, `http://${host}:${server.port}/`), problemOf("refused"), host);
  }
  assert.equal(connections, 0);
});

test("what is no URL to call is refused, and what it hides is not told", async () => {
  const urls = [
    "http://user:hunter2@127.0.0.1/",
    "http://user@127.0.0.1/",
    "http://:hunter2@127.0.0.1/",
    "http://@127.0.0.1/",
    "ftp://127.0.0.1/hunter2",
    "file:///etc/hunter2",
    "unix:/run/hunter2",
    "http:127.0.0.1/hunter2",
    "//127.0.0.1/hunter2",
    "http://",
    "http://a b/hunter2",
    "http://[fe80::1%25eth0]/hunter2",
    `http://127.0.0.1/hunter2${"x".repeat(9000)}`,
  ];
  for (const url of urls) {
    await assert.rejects(post(wayOut(), url), (error: unknown) => {
      assert.ok(problemOf("bad_target")(error), url);
      assert.doesNotMatch(inspect(error, { depth: 9 }).replace(/^ {4}at .*$/gm, ""), /hunter2|user@/, url);
      return true;
    });
  }
});

test("a redirect is an answer, and nobody goes where it leads", async () => {
  let calls = 0;
  await using server = await httpServer((_request, response) => {
    calls += 1;
    response.writeHead(307, { location: "/again" }).end();
  });
  const answer = await post(wayOut(), server.url);
  assert.deepEqual([answer.status, answer.headers.location, calls], [307, "/again", 1]);
});

test("a server that takes the connection and says nothing is given up, also one that drips its headers", async () => {
  for (const start of ["", "HTTP/1.1 200 OK\r\nx: "]) {
    await using server = await rawServer((socket) => {
      socket.write(start);
      const drip = start === "" ? undefined : setInterval(() => socket.write("y"), 5);
      socket.on("close", () => clearInterval(drip));
    });
    await assert.rejects(post(wayOut({ limits: { outgoingAnswerMs: 60 } }), server.url), {
      problem: "timeout",
      message: `127.0.0.1:${server.port} did not answer within 0.06 s.`,
    });
  }
});

test("a name that nobody answers for is given up, and so is a call that is slow in every part", async () => {
  const hanging = wayOut({ resolve: () => new Promise(() => undefined), limits: { outgoingResolveMs: 20 } });
  await assert.rejects(post(hanging, "http://slow.example/"), /slow\.example did not have an address within 0\.02 s/);
  await using server = await httpServer(() => undefined);
  await assert.rejects(post(wayOut({ limits: { outgoingDeadlineMs: 40 } }), server.url), /did not finish within 0\.04 s/);
});

test("a handshake of TLS that does not go on counts as connecting", async () => {
  await using server = await rawServer(() => undefined);
  const way = wayOut({ limits: { outgoingConnectMs: 60 } });
  await assert.rejects(post(way, server.url.replace("http:", "https:")), /did not connect within 0\.06 s/);
});

test("of an endless body the beginning is kept, and the connection is closed", async () => {
  const closed = Promise.withResolvers<void>();
  await using server = await httpServer((_request, response) => {
    const more = () => {
      while (response.write(Buffer.alloc(16 * 1024, "x")));
    };
    response.on("drain", more).on("close", closed.resolve);
    more();
  });
  const answer = await post(wayOut({ limits: { outgoingAnswerBytes: 1000 } }), server.url);
  assert.deepEqual([answer.status, answer.body.byteLength, answer.whole], [200, 1000, false]);
  await closed.promise;
});

test("a body that stops or breaks off leaves the status, and is told as not whole", async () => {
  for (const end of [() => undefined, (socket: import("node:net").Socket) => socket.resetAndDestroy()]) {
    await using server = await rawServer((socket) => {
      socket.once("data", () => {
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc");
        setTimeout(() => end(socket), 10);
      });
    });
    const answer = await post(wayOut({ limits: { outgoingAnswerMs: 80 } }), server.url);
    assert.deepEqual([answer.status, answer.body.toString().slice(0, 3), answer.whole], [200, "abc", false]);
  }
});

test("what goes wrong below is told in a sentence that names the host and not the path", async () => {
  const cases: [problem: WayOutProblem, answer: (socket: import("node:net").Socket) => void][] = [
    ["broken", (socket) => socket.resetAndDestroy()],
    ["broken", (socket) => socket.end()],
    ["broken", (socket) => socket.end("SMTP here\r\n")],
    ["broken", (socket) => socket.end(`HTTP/1.1 200 OK\r\nx: ${"y".repeat(20_000)}\r\n\r\n`)],
    ["broken", (socket) => socket.end("HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n")],
  ];
  for (const [problem, answer] of cases) {
    await using server = await rawServer((socket) => socket.once("data", () => answer(socket)));
    await assert.rejects(post(wayOut(), `${server.url}hunter2?token=hunter2`), (error: unknown) => {
      assert.ok(problemOf(problem)(error), inspect(error));
      assert.match((error as Error).message, new RegExp(`127.0.0.1:${server.port}`));
      assert.doesNotMatch(inspect(error, { depth: 9 }), /hunter2/);
      return true;
    });
  }
});

test("a port where nobody listens and a name that is nobody's are told apart", async () => {
  const gone = await rawServer(() => undefined);
  await gone[Symbol.asyncDispose]();
  await assert.rejects(post(wayOut(), gone.url), { problem: "unreachable", message: /takes no connections \(ECONNREFUSED\)/ });
  await assert.rejects(post(wayOut(), "http://nobody.example/"), {
    problem: "unresolved",
    message: /nobody\.example was not found \(ENOTFOUND\)/,
  });
});

test("whoever calls it off gets his own reason, before, during and in the body", async () => {
  await using server = await httpServer((request, response) => {
    if (request.url === "/body") response.write("a");
  });
  const why = new Error("shutting down");
  await assert.rejects(post(wayOut(), server.url, AbortSignal.abort(why)), why);
  for (const path of ["", "body"]) {
    const controller = new AbortController();
    setTimeout(() => controller.abort(why), 40);
    await assert.rejects(post(wayOut(), server.url + path, controller.signal), why);
  }
});

test("a certificate counts for its name and when somebody known has signed it, whatever the environment says", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "safe-fetch-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const authority = await certificateAuthority(folder);
  const files = await authority.sign({ file: "server", subject: "/CN=hook.example", alternative: "DNS:hook.example", usage: "serverAuth" });
  const own = createTlsServer({ cert: readFileSync(files.cert), key: readFileSync(files.key) }, (_request, response) => response.end("ok"));
  await using server = await listening(own);
  const names = { "hook.example": ["127.0.0.1"], "other.example": ["127.0.0.1"] };
  const authorities = [readFileSync(authority.cert, "utf8")];
  const at = (name: string) => `https://${name}:${server.port}/`;
  assert.equal((await post(wayOut({ names, authorities }), at("hook.example"))).body.toString(), "ok");
  await assert.rejects(post(wayOut({ names, authorities }), at("other.example")), problemOf("tls"));
  const before = process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
  process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
  try {
    await assert.rejects(post(wayOut({ names }), at("hook.example")), problemOf("tls"));
  } finally {
    if (before === undefined) delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    else process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = before;
  }
});
