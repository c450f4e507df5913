import assert from "node:assert/strict";
import { after, type TestContext, test } from "node:test";
import { parseArgs } from "node:util";
import type { Permission } from "#model/permissions.ts";
import { type ApiOperation, apiClient } from "./support/api-client.ts";
import { Inspection, isTimeline } from "./tenants/inspection.ts";
import { apiRequests, type Names, plainly, plainRequests, resticRequests, type TenantRequest } from "./tenants/requests.ts";
import { pathSpellings, SPELLINGS } from "./tenants/spellings.ts";
import { OTHER, OWN, startTwoHubs } from "./tenants/two-hubs.ts";
import type { Visitor } from "./tenants/visitors.ts";

// All spellings, or the same ones once more: node test/tenants.slow.test.ts --seconds 600 --seed 42
const { values } = parseArgs({ options: { seconds: { type: "string" }, seed: { type: "string" } }, strict: false });
const SECONDS = Number(values.seconds ?? 15);
const SEED = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);

const OTHERS = plainly(OTHER);
const NOBODY_HERE = 2 ** 53 - 1;

let random = SEED;

// One pair for all: nothing that is tried here may change them.
const hubs = await startTwoHubs();
after(() => hubs[Symbol.asyncDispose]());
const { operations } = await apiClient(hubs.both.main);

/** Everything anybody could ask about a tenant, one list for each door and operation. */
function requestsAbout(names: Names, owner: { readonly account: string }): TenantRequest[][] {
  return [resticRequests(names.path.inUrl, owner), ...operations.map((operation) => apiRequests(operation, names))];
}

test("no credentials that do not let in tell or change anything, whichever route and whoever's name they come with", async (t) => {
  await eachVisitor(t, ["stranger"], async (inspection, visitor, index) => {
    const lists = [plainRequests(), ...requestsAbout(OTHERS, OTHER), ...requestsAbout(plainly(OWN), OWN)];
    for (const requests of lists.map(sampled)) {
      const replies = await inspection.inspect(index, requests);
      for (const [place, { status, text }] of replies.entries()) {
        const request = requests[place];
        if (request === undefined || isOpen(request)) continue;
        const expected: number[] = isFigures(request)
          ? [401, 403, 404, 405]
          : [request.operation === undefined && isRestic(request) ? visitor.restic : visitor.api];
        assert.ok(expected.includes(status), `${visitor.name}: ${request.method} ${request.target} is ${text}`);
      }
    }
  });
});

test("another tenant, however much it may do on its own, learns nothing of a tenant beside it and changes nothing there", async (t) => {
  const past = new Set<string>();
  await eachVisitor(t, ["tenant"], async (inspection, _, index) => {
    for (const operation of operations) {
      const requests = apiRequests(operation, OTHERS);
      // The other's path beside the own name; an own path beside the other's name is how tenants grant to each other (docs/decisions/017).
      const mixed = apiRequests(operation, { ...plainly(OWN), path: OTHERS.path });
      const replies = await inspection.inspect(index, [...requests, ...(requests.some(namesPath) ? mixed.filter(namesPath) : [])]);
      if (replies.some(({ status }) => status !== 400)) past.add(operation.operationId);
      for (const { text } of replies.filter(({ status }) => status < 300)) assert.equal(operation.method, "GET", text);
      await inspectIds(inspection, index, operation);
    }
    const above = resticRequests(`/${OTHERS.account.inUrl}/`, OTHER);
    for (const requests of [plainRequests(), resticRequests(OTHERS.path.inUrl, OTHER), above, resticRequests("/", OTHER)]) {
      const replies = await inspection.inspect(index, requests);
      for (const [place, { status, text }] of replies.entries()) {
        const request = requests[place];
        if (request !== undefined && isRestic(request)) assert.ok(status >= 400, `${request.method} ${request.target} is ${text}`);
      }
    }
  });
  const never = operations.map(({ operationId }) => operationId).filter((id) => !past.has(id));
  assert.deepEqual(never, [], "the matrix knows no request that these operations take");
});

test("a login that is capped to read, and a token without the permission, change nothing of anybody's", async (t) => {
  const own = plainly(OWN);
  await eachVisitor(t, ["tenant", "token"], async (inspection, visitor, index) => {
    if (visitor.kind === "tenant" && visitor.capped) {
      const api = operations
        .flatMap((operation) => apiRequests(operation, own))
        .filter(({ method }) => method !== "GET" && method !== "HEAD");
      // Locks come and go with reading (spec section 1.7).
      const writes = resticRequests(own.path.inUrl, OWN, ["POST", "DELETE"]).filter(({ target }) => !/\/locks\/[0-9a-f]/.test(target));
      for (const { status, text } of await inspection.inspect(index, [...api, ...writes])) assert.ok(status >= 400, text);
    }
    if (visitor.kind !== "token") return;
    for (const operation of operations.filter(({ security }) => !covers(visitor.permissions, security))) {
      const requests = [...apiRequests(operation, OTHERS), ...apiRequests(operation, own)];
      for (const { status, text } of await inspection.inspect(index, requests)) assert.equal(status, 403, `${visitor.name}: ${text}`);
    }
    const restic = [...resticRequests(OTHERS.path.inUrl, OTHER), ...resticRequests(own.path.inUrl, OWN)];
    for (const { status, text } of await inspection.inspect(index, restic)) assert.equal(status, 401, `${visitor.name}: ${text}`);
  });
});

test("no spelling of another tenant's names leads to it", async (t) => {
  using inspection = new Inspection(hubs);
  const visitors = hubs.both.visitors.flatMap(({ name }, index) => (["another tenant", "nobody"].includes(name) ? [index] : []));
  const shots = shuffled(visitors.flatMap((index) => spelledRequests().map((requests) => ({ index, requests }))));
  const endsAtMs = performance.now() + SECONDS * 1000;
  let done = 0;
  await inspection.leavesFiles("a spelling", async () => {
    for (const { index, requests } of shots) {
      if (performance.now() > endsAtMs) break;
      for (const [place, { status, text }] of (await inspection.inspect(index, requests)).entries()) {
        const request = requests[place];
        // Below one's own name the same words name something of one's own.
        const isOwn = text.includes(`"path":"/${OWN.account}/`);
        if (request !== undefined && !isTimeline(request)) assert.ok(status >= 400 || isOwn || !text.includes("vault"), text);
      }
      done += 1;
    }
  });
  tell(t, inspection, `${done} of ${shots.length} spellings of a route`);
  assert.ok(done > 50, "too few to say anything");
});

/** Every route with every spelling, one list for each two. */
function spelledRequests(): TenantRequest[][] {
  const methods = ["GET", "POST", "DELETE"];
  const paths = pathSpellings(OTHER.path);
  const restic = paths.map(({ path }) => resticRequests(path.inUrl, OTHER, methods));
  const spelled: Names[] = [
    ...SPELLINGS.map(({ of }) => ({ ...OTHERS, account: of(OTHER.account), login: of(OTHER.login), token: of(OTHER.token) })),
    ...paths.map(({ path }) => ({ ...OTHERS, path })),
  ];
  const named = operations.filter(
    ({ parameters, body }) => parameters.some(({ name }) => !["limit", "cursor"].includes(name)) || body !== undefined,
  );
  return [...restic, ...spelled.flatMap((names) => named.map((operation) => apiRequests(operation, names)))];
}

/** The table whose numbers a path takes. */
const TABLES: Readonly<Record<string, string>> = {
  "/api/v1/operations": "operation",
  "/api/v1/holds": "hold",
  "/api/v1/cleanup-windows": "cleanup_window",
};

/** A thing of the other tenant's that has a number is, for everybody else, like one that nobody has. */
async function inspectIds(inspection: Inspection, index: number, operation: ApiOperation): Promise<void> {
  const named = operation.parameters.find(({ name, in: place }) => place === "path" && /id$/i.test(name));
  if (named === undefined) return;
  const table = TABLES[operation.path.split("/{")[0] ?? ""];
  assert.ok(table !== undefined, `the matrix does not know whose numbers ${operation.path} takes`);
  const withId = (id: number) => apiRequests({ ...operation, path: operation.path.replace(`{${named.name}}`, String(id)) }, OTHERS);
  const absent = withId(NOBODY_HERE);
  for (const id of hubs.both.otherIds(table)) {
    for (const [place, request] of withId(id).entries()) {
      const [one, other] = [await inspection.askThere(index, request), await inspection.askThere(index, absent[place] ?? request)];
      assert.equal(
        one.text.replaceAll(String(id), "#"),
        other.text.replaceAll(String(NOBODY_HERE), "#"),
        `${request.method} ${request.target}`,
      );
    }
  }
}

/** Visits as each of the visitors of those kinds, and tells what was seen. Nothing on a disk may change meanwhile. */
async function eachVisitor<Kind extends Visitor["kind"]>(
  t: TestContext,
  kinds: readonly Kind[],
  visit: (inspection: Inspection, visitor: Extract<Visitor, { kind: Kind }>, index: number) => Promise<void>,
): Promise<void> {
  using inspection = new Inspection(hubs);
  const isMeant = (visitor: Visitor): visitor is Extract<Visitor, { kind: Kind }> => (kinds as readonly string[]).includes(visitor.kind);
  for (const [index, visitor] of hubs.both.visitors.entries()) {
    if (!isMeant(visitor)) continue;
    await inspection.leavesFiles(visitor.name, async () => await visit(inspection, visitor, index));
  }
  tell(t, inspection);
}

function isRestic({ listener, target }: TenantRequest): boolean {
  return listener === "restic" || target.startsWith("/restic/");
}

/** About a third of them, unless there is time for all; the seed says which. */
function sampled(requests: readonly TenantRequest[]): readonly TenantRequest[] {
  return SECONDS >= 60 ? requests : shuffled(requests).slice(0, Math.max(2, Math.ceil(requests.length / 3)));
}

/** What answers anybody: health, readiness, the index, the document, and the 404 of what is mounted nowhere. */
function isOpen({ target, operation }: TenantRequest): boolean {
  return operation === undefined ? /^\/(?:healthz|readyz|)$/.test(target) : operation.security.some((way) => Object.keys(way).length === 0);
}

function isFigures({ target }: TenantRequest): boolean {
  return target.startsWith("/metrics");
}

function namesPath({ target, body }: TenantRequest): boolean {
  return decodeURIComponent(target).includes(OTHER.path) || body?.includes(OTHER.path) === true;
}

function covers(permissions: readonly Permission[], security: ApiOperation["security"]): boolean {
  return security.some(
    (way) => way["token"]?.every((needed) => (permissions as readonly string[]).includes(needed)) ?? Object.keys(way).length === 0,
  );
}

/** In an order that the seed gives. */
function shuffled<Item>(items: readonly Item[]): Item[] {
  const next = () => {
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
    return random;
  };
  return items
    .map((item) => ({ item, key: next() }))
    .sort((one, other) => one.key - other.key)
    .map(({ item }) => item);
}

function tell(t: TestContext, { seen }: Inspection, more = ""): void {
  const tally = [...seen].sort(([one], [other]) => one - other).map(([status, count]) => `${status}: ${count}`);
  t.diagnostic(`seed ${SEED}; ${tally.join(", ")}${more === "" ? "" : `; ${more}`}`);
}
