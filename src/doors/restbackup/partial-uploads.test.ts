import assert from "node:assert/strict";
import type { IncomingHttpHeaders } from "node:http";
import { test } from "node:test";
import {
  agreedTotal,
  alreadyComplete,
  optionsHeaders,
  PARTIAL_UPLOAD,
  parseUploadPart,
  parseUploadStart,
  progressHeaders,
  uploadUrl,
  wrongOffset,
} from "./partial-uploads.ts";

const LIMITS = { mostBytes: 5_368_709_120, mostAgeSeconds: 604_800 };
const PATCH = { "content-type": PARTIAL_UPLOAD, "upload-offset": "100", "upload-complete": "?0" };

const statusOf = (answer: object | undefined) => (answer !== undefined && "status" in answer ? answer.status : answer);

test("only a PUT that says so begins a resumable upload (spec 8.2)", () => {
  assert.equal(parseUploadStart({}), undefined);
  assert.equal(parseUploadStart({ "upload-length": "5" }), undefined);
  assert.deepEqual(parseUploadStart({ "upload-complete": "?1" }), { isLast: true, totalBytes: undefined });
  assert.deepEqual(parseUploadStart({ "upload-complete": "?0", "upload-length": "5368709120" }), {
    isLast: false,
    totalBytes: 5_368_709_120,
  });
  const wrong: IncomingHttpHeaders[] = [{ "upload-complete": "1" }, { "upload-complete": "true" }, { "upload-complete": "?0, ?1" }];
  for (const headers of [...wrong, { "upload-complete": "?0", "upload-length": "-1" }]) {
    assert.equal(statusOf(parseUploadStart(headers)), 400, JSON.stringify(headers));
  }
});

test("a part says where it begins and whether it is the last (spec 8.2)", () => {
  assert.deepEqual(parseUploadPart(PATCH), { isLast: false, totalBytes: undefined, offsetBytes: 100 });
  assert.deepEqual(parseUploadPart({ ...PATCH, "upload-complete": "?1", "upload-length": "200" }), {
    isLast: true,
    totalBytes: 200,
    offsetBytes: 100,
  });
  assert.equal(statusOf(parseUploadPart({ ...PATCH, "content-type": "text/plain" })), 415);
  for (const wrong of [{ "upload-offset": "x" }, { "upload-offset": "-1" }, { "upload-complete": "x" }]) {
    assert.equal(statusOf(parseUploadPart({ ...PATCH, ...wrong })), 400, JSON.stringify(wrong));
  }
  assert.equal(statusOf(parseUploadPart({ "content-type": PARTIAL_UPLOAD, "upload-complete": "?0" })), 400);
  assert.equal(statusOf(parseUploadPart({ "content-type": PARTIAL_UPLOAD, "upload-offset": "0" })), 400);
});

test("the length of a file is said once and stays (spec 8.2)", () => {
  const part = { isLast: false, totalBytes: undefined, offsetBytes: 100 };
  const total = (...given: Parameters<typeof agreedTotal>) => {
    const agreed = agreedTotal(...given);
    return typeof agreed === "object" ? agreed.status : agreed;
  };
  assert.equal(total(part, 50, undefined), undefined);
  assert.equal(total(part, 50, 200), 200);
  assert.equal(total({ ...part, isLast: true }, 50, undefined), 150);
  assert.equal(total({ ...part, isLast: true }, 50, 150), 150);
  assert.equal(total({ ...part, isLast: true }, undefined, undefined), undefined);
  assert.equal(total({ ...part, totalBytes: 200 }, 100, undefined), 200);
  assert.equal(total({ ...part, isLast: true }, 50, 200), 400);
  assert.equal(total({ ...part, totalBytes: 300 }, 50, 200), 400);
  assert.equal(total(part, 101, 200), 400, "beyond the end");
});

test("refusals carry the draft's problem types, and the right offset (spec 8.2)", () => {
  const refusal = wrongOffset({ offsetBytes: 100, isComplete: false, totalBytes: undefined }, 90);
  assert.equal(refusal.status, 409);
  assert.deepEqual(refusal.headers, ["Upload-Offset", 100, "Upload-Complete", "?0"]);
  assert.deepEqual(refusal.problem, {
    type: "https://iana.org/assignments/http-problem-types#mismatching-upload-offset",
    title: "The part does not begin where the upload stands",
    status: 409,
    "expected-offset": 100,
    "provided-offset": 90,
  });
  assert.match(String(alreadyComplete().problem?.["type"]), /#completed-upload$/);
});

test("an upload tells how far it is and what it may become (spec 8.2)", () => {
  const limit = "max-size=5368709120, max-age=604800";
  assert.deepEqual(progressHeaders({ offsetBytes: 5, isComplete: false, totalBytes: 10 }, LIMITS), [
    ...["Upload-Offset", 5, "Upload-Complete", "?0", "Upload-Length", 10],
    ...["Upload-Limit", limit, "Cache-Control", "no-store"],
  ]);
  assert.ok(!progressHeaders({ offsetBytes: 5, isComplete: true, totalBytes: undefined }, LIMITS).includes("Upload-Length"));
  assert.deepEqual(optionsHeaders("GET", LIMITS), ["Allow", "GET", "Accept-Patch", PARTIAL_UPLOAD, "Upload-Limit", limit]);
  assert.equal(uploadUrl("https://backup.example/", "Ab1"), "https://backup.example/_hub/uploads/Ab1");
});
