import { z } from "zod";
import { HUB_ERROR_CODES, HubError, type HubErrorCode } from "#model/hub-error.ts";

interface Kind {
  readonly status: number;
  readonly title: string;
}

/** Every refusal of the hub as a status, for programs and for people. */
const KINDS = {
  unauthenticated: { status: 401, title: "Not signed in" },
  forbidden: { status: 403, title: "Not allowed" },
  append_only: { status: 403, title: "Append-only" },
  not_found: { status: 404, title: "Not found" },
  already_exists: { status: 409, title: "Already exists" },
  invalid_input: { status: 400, title: "Invalid request" },
  hash_mismatch: { status: 400, title: "Wrong digest" },
  incomplete: { status: 400, title: "Incomplete request" },
  too_large: { status: 413, title: "Too large" },
  range_unsatisfiable: { status: 416, title: "No such range" },
  quota_exceeded: { status: 507, title: "Quota exceeded" },
  storage_full: { status: 507, title: "Storage full" },
  damaged: { status: 500, title: "Stored data is damaged" },
  changed: { status: 409, title: "Changed meanwhile" },
  overloaded: { status: 503, title: "Too busy" },
  unavailable: { status: 503, title: "Unavailable" },
} as const satisfies Record<HubErrorCode, Kind>;

/** What HTTP itself has a status for, and the hub has none. */
const HTTP_KINDS = {
  method_not_allowed: { status: 405, title: "Method not allowed" },
  unsupported_media_type: { status: 415, title: "Unsupported media type" },
  internal: { status: 500, title: "Internal error" },
} as const satisfies Record<string, Kind>;

type HttpCode = keyof typeof HTTP_KINDS;

const fieldSchema = z
  .object({
    pointer: z.string().optional().describe("JSON pointer into the body, as a fragment: `#/name`"),
    parameter: z.string().optional().describe("Name of the parameter in the path or the query"),
    detail: z.string().describe("What is wrong with it"),
  })
  .meta({ id: "ProblemField" });

export type ProblemField = z.infer<typeof fieldSchema>;

/** How every refusal looks (RFC 9457). */
export const problemSchema = z
  .object({
    type: z.string().describe("`urn:holdfast:problem:` and the code"),
    title: z.string().describe("The same for every problem of this type"),
    status: z.int(),
    detail: z.string().describe("One sentence that says what to do"),
    code: z.enum([...HUB_ERROR_CODES, "method_not_allowed", "unsupported_media_type", "internal"]).describe("What programs compare"),
    requestId: z.string().describe("Also in the log, and in X-Request-Id"),
    errors: z.array(fieldSchema).optional().describe("Of an invalid request: each thing that is wrong"),
  })
  .meta({
    id: "Problem",
    description: "Why a request was refused (RFC 9457)",
    examples: [
      {
        type: "urn:holdfast:problem:invalid_input",
        title: "Invalid request",
        status: 400,
        detail: "#/name: An account needs a name.",
        code: "invalid_input",
        requestId: "3f2a9c71d0-4",
        errors: [{ pointer: "#/name", detail: "An account needs a name." }],
      },
    ],
  });

export type Problem = z.infer<typeof problemSchema>;

/** A request whose parts are not what they should be. */
export class InvalidRequest extends Error {
  override readonly name = "InvalidRequest";
  readonly fields: readonly ProblemField[];

  /** `fields`: at least one. */
  constructor(fields: readonly ProblemField[]) {
    super(fields.map(({ pointer, parameter, detail }) => `${pointer ?? parameter}: ${detail}`).join("; "));
    this.fields = fields;
  }
}

/** A refusal in HTTP's own terms. */
export class HttpRefusal extends Error {
  override readonly name = "HttpRefusal";
  readonly code: HttpCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: HttpCode, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.code = code;
    this.headers = headers;
  }
}

/** What goes out for something thrown. */
export interface ProblemReply {
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;
}

export const PROBLEM_TYPE = "application/problem+json; charset=utf-8";

/** The reply to what a request threw; undefined when it is no refusal but a bug. `hasBody`: the route takes one, so faults are looked for there. */
export function refusalReply(error: unknown, requestId: string, hasBody: boolean): ProblemReply | undefined {
  const make = (code: Problem["code"], { status, title }: Kind, detail: string): Problem => ({
    type: `urn:holdfast:problem:${code}`,
    title,
    status,
    detail,
    code,
    requestId,
  });
  if (error instanceof InvalidRequest) {
    return { problem: { ...make("invalid_input", KINDS.invalid_input, error.message), errors: [...error.fields] }, headers: {} };
  }
  if (error instanceof HttpRefusal) return { problem: make(error.code, HTTP_KINDS[error.code], error.message), headers: error.headers };
  if (!(error instanceof HubError)) return undefined;
  const problem = make(error.code, KINDS[error.code], error.message);
  if (error.code === "invalid_input" && hasBody) problem.errors = [{ pointer: "#", detail: error.message }];
  return { problem, headers: HEADERS[error.code] ?? {} };
}

/** The reply to a bug: nothing of it. */
export function bugReply(requestId: string): ProblemReply {
  const detail = "Something is wrong with the hub itself; its log says what";
  return { problem: { type: "urn:holdfast:problem:internal", ...HTTP_KINDS.internal, detail, code: "internal", requestId }, headers: {} };
}

// No word of Basic: browsers would ask for a name and a password in a window of their own (docs/decisions/017).
const HEADERS: Partial<Record<HubErrorCode, Readonly<Record<string, string>>>> = {
  unauthenticated: { "WWW-Authenticate": 'Bearer realm="Holdfast"' },
  overloaded: { "Retry-After": "1" },
  unavailable: { "Retry-After": "10" },
};
