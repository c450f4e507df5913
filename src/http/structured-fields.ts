/** The value of a structured field (RFC 9651), as far as the hub tells them apart. Parameters are read and forgotten. */
export type StructuredItem =
  | { readonly type: "boolean"; readonly value: boolean }
  | { readonly type: "integer"; readonly value: number }
  | { readonly type: "bytes"; readonly value: Uint8Array }
  /** Decimals, strings, tokens, dates and lists of them: well formed, and nothing that the hub asks for. */
  | { readonly type: "other" };

/** Reads a field that is one item; undefined when it is malformed. */
export function parseStructuredItem(text: string): StructuredItem | undefined {
  const reader = new Reader(withoutOuterSpaces(text));
  const item = reader.item();
  return item !== undefined && reader.atEnd ? item : undefined;
}

/** Reads a field that is a dictionary; undefined when any of it is malformed. Of two members with one key the last counts. */
export function parseStructuredDictionary(text: string): ReadonlyMap<string, StructuredItem> | undefined {
  const reader = new Reader(withoutOuterSpaces(text));
  const members = new Map<string, StructuredItem>();
  while (!reader.atEnd) {
    const key = reader.take(KEY);
    if (key === undefined) return undefined;
    const value = reader.take(/=/y) === undefined ? reader.truth() : reader.itemOrList();
    if (value === undefined) return undefined;
    members.set(key, value);
    if (reader.atEnd) return members;
    if (reader.take(/[ \t]*,[ \t]*/y) === undefined || reader.atEnd) return undefined; // a comma at the end promises one more
  }
  return members;
}

const KEY = /[a-z*][a-z0-9_.*-]*/y;
const OTHERS = [
  /-?\d{1,12}\.\d{1,3}/y, // decimal
  /"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"/y, // string
  /[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*/y, // token
  /@-?\d{1,15}(?!\.)/y, // date
  /%"(?:[\x20\x21\x23\x24\x26-\x7e]|%[0-9a-f]{2})*"/y, // display string
];
const OTHER: StructuredItem = { type: "other" };

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.#at === this.#text.length;
  }

  /** What the sticky pattern finds right here. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  /** A dictionary's member without a value is true; it may have parameters. */
  truth(): StructuredItem | undefined {
    return this.#parameters() ? { type: "boolean", value: true } : undefined;
  }

  item(): StructuredItem | undefined {
    const item = this.#bareItem();
    return item !== undefined && this.#parameters() ? item : undefined;
  }

  itemOrList(): StructuredItem | undefined {
    if (this.take(/\( */y) === undefined) return this.item();
    while (this.take(/\)/y) === undefined) {
      if (this.item() === undefined) return undefined;
      if (this.take(/ +|(?=\))/y) === undefined) return undefined;
    }
    return this.#parameters() ? OTHER : undefined;
  }

  #bareItem(): StructuredItem | undefined {
    const truth = this.take(/\?[01]/y);
    if (truth !== undefined) return { type: "boolean", value: truth === "?1" };
    const bytes = this.take(/:[A-Za-z0-9+/]*={0,2}:/y);
    if (bytes !== undefined) {
      const value = decodeBase64(bytes.slice(1, -1));
      return value === undefined ? undefined : { type: "bytes", value };
    }
    const integer = this.take(/-?\d{1,15}(?![\d.])/y);
    if (integer !== undefined) return { type: "integer", value: Number(integer) };
    return OTHERS.some((pattern) => this.take(pattern) !== undefined) ? OTHER : undefined;
  }

  #parameters(): boolean {
    while (this.take(/; */y) !== undefined) {
      if (this.take(KEY) === undefined) return false;
      if (this.take(/=/y) !== undefined && this.#bareItem() === undefined) return false;
    }
    return true;
  }
}

/** The bytes of standard base64, whose padding may be missing; undefined for what is none. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64").replace(/=+$/, "") === text.replace(/=+$/, "") ? bytes : undefined;
}

/** By hand: a pattern for spaces at the end looks at each run of spaces within, again from each of its places. */
function withoutOuterSpaces(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && text[start] === " ") start += 1;
  while (end > start && text[end - 1] === " ") end -= 1;
  return text.slice(start, end);
}
