const SECRET_NAME = /^(proxy-?)?authorization$|cookie$|password|passwd|passphrase|secret|token$|private-?key|^pin$/i;
const MASK = "***";
const DEPTH = 6;
const ITEMS = 100;
const KNOWN_NAMES = 500;
const TEXT_CHARACTERS = 16_384;

/**
 * `value` as it may stand in a log: what is named like a secret, credentials in URLs and the values of Basic and Bearer
 * authorization are masked, errors become plain values with stack and causes, depth and size are bounded.
 */
export function redacted(value: unknown, name = "", depth = 0): unknown {
  if (value === null || value === undefined || typeof value === "boolean" || typeof value === "number") return value;
  if (isSecretName(name)) return MASK;
  if (typeof value === "string") return withoutCredentials(value);
  if (typeof value === "bigint" || typeof value === "symbol") return String(value);
  if (typeof value === "function") return "[function]";
  if (depth >= DEPTH) return "[...]";
  if (value instanceof Error) return plainError(value, depth);
  if (value instanceof URL) return withoutCredentials(value.href);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "[no date]" : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.slice(0, ITEMS).map((item) => redacted(item, "", depth + 1));
  const plain: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value).slice(0, ITEMS)) plain[key] = redacted(item, key, depth + 1);
  return plain;
}

const knownNames = new Map<string, boolean>();

/** Remembered for the few names that every line has. */
function isSecretName(name: string): boolean {
  const known = knownNames.get(name);
  if (known !== undefined) return known;
  const isSecret = SECRET_NAME.test(name);
  if (knownNames.size < KNOWN_NAMES) knownNames.set(name, isSecret);
  return isSecret;
}

function plainError(error: Error, depth: number): Record<string, unknown> {
  const plain: Record<string, unknown> = { type: error.name, message: withoutCredentials(error.message) };
  if (error.stack !== undefined) plain["stack"] = withoutCredentials(error.stack);
  for (const [key, item] of Object.entries(error).slice(0, ITEMS)) plain[key] = redacted(item, key, depth + 1);
  if (error.cause !== undefined) plain["cause"] = redacted(error.cause, "", depth + 1);
  if (error instanceof AggregateError) plain["errors"] = redacted(error.errors, "", depth + 1);
  return plain;
}

function withoutCredentials(text: string): string {
  // Most texts are short words of our own: looked at once, not rewritten three times.
  if (text.length <= 200 && !text.includes("://") && !/basic|bearer/i.test(text)) return text;
  const bounded = text.length > TEXT_CHARACTERS ? `${text.slice(0, TEXT_CHARACTERS)}...` : text;
  // Up to the last @ before the path: a password with an unescaped @ in it must not leave its tail behind.
  return bounded
    .replace(/([a-z][a-z0-9+.-]{0,30}:\/\/)[^/?#\s"'<>]*@/gi, `$1${MASK}@`)
    .replace(/\b(basic|bearer)(\s+)[a-z0-9+/=._~-]{4,}/gi, (all, scheme: string, gap: string, at: number) =>
      // "basic checks" is plain English; a credential follows the header's name, or has something that no word has
      /authorization["':\s]*$/i.test(bounded.slice(0, at)) || /[0-9+/=]|[a-z][A-Z]/.test(all.slice(scheme.length))
        ? `${scheme}${gap}${MASK}`
        : all,
    );
}
