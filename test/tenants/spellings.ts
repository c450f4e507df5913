import type { Spelled } from "./requests.ts";

/** Every character as its escape, in upper or lower case. */
const escaped = (text: string, upper: boolean) =>
  [...Buffer.from(text)]
    .map((byte) => `%${upper ? byte.toString(16).padStart(2, "0").toUpperCase() : byte.toString(16).padStart(2, "0")}`)
    .join("");

const wide = (text: string) => text.replace(/[!-~]/g, (letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0));

/** One way to write a name that is not, or not quite, that name. */
export interface Spelling {
  readonly label: string;
  readonly of: (name: string) => Spelled;
}

const inText = (label: string, change: (name: string) => string): Spelling => ({
  label,
  of: (name) => ({ text: change(name), inUrl: encodeURIComponent(change(name).toWellFormed()) }),
});
const inUrl = (label: string, change: (name: string) => string): Spelling => ({
  label,
  of: (name) => ({ text: name, inUrl: change(name) }),
});

/** How else a name can be written: in a body as `text`, in a target as `inUrl`. */
export const SPELLINGS: readonly Spelling[] = [
  inText("upper case", (name) => name.toUpperCase()),
  inText("lower case", (name) => name.toLowerCase()),
  inText("decomposed", (name) => name.normalize("NFD")),
  inText("compatibility form", (name) => name.normalize("NFKD")),
  inText("full width", wide),
  inText("a dot behind it", (name) => `${name}.`),
  inText("a space behind it", (name) => `${name} `),
  inText("a space before it", (name) => ` ${name}`),
  inText("a no-break space behind it", (name) => `${name}\u00a0`),
  inText("a zero-width space in it", (name) => `${name.slice(0, 1)}\u200b${name.slice(1)}`),
  inText("a NUL behind it", (name) => `${name}\0`),
  inText("a NUL and more behind it", (name) => `${name}\0.txt`),
  inText("a line end behind it", (name) => `${name}\r\nX-Also: here`),
  inText("a backslash before it", (name) => `\\${name}`),
  inText("climbing to it with backslashes", (name) => `alice\\..\\${name}`),
  inText("climbing to it", (name) => `alice/../${name}`),
  inText("from the top", (name) => `../../${name}`),
  inText("here", (name) => `./${name}`),
  inText("a slash behind it", (name) => `${name}/`),
  inText("slashes before it", (name) => `//${name}`),
  inText("many of it", (name) => name.repeat(60)),
  inText("a wildcard", (name) => `${name.slice(0, 1)}%`),
  inText("a glob", (name) => `${name.slice(0, 1)}*`),
  inText("a quote", (name) => `' OR name = '${name}`),
  inText("half a pair", (name) => `${name}\ud800`),
  inUrl("plain in the target", (name) => name),
  inUrl("escapes in upper case", (name) => escaped(name, true)),
  inUrl("escapes in lower case", (name) => escaped(name, false)),
  inUrl("escaped twice", (name) => escaped(escaped(name, true), true)),
  inUrl("escaped dots", (name) => `alice/%2e%2e/${encodeURIComponent(name)}`),
  inUrl("half escaped dots", (name) => `alice/.%2E/${encodeURIComponent(name)}`),
  inUrl("escaped slashes", (name) => `alice%2f..%2f${encodeURIComponent(name)}`),
  inUrl("escaped backslashes", (name) => `alice%5c..%5c${encodeURIComponent(name)}`),
  inUrl("an escaped slash behind it", (name) => `${encodeURIComponent(name)}%2f`),
  inUrl("an escaped NUL behind it", (name) => `${encodeURIComponent(name)}%00`),
  inUrl("overlong dots", (name) => `alice/%c0%ae%c0%ae/${encodeURIComponent(name)}`),
  inUrl("Latin-1", (name) => escapeLatin1(name)),
  inUrl("half an escape", (name) => `${encodeURIComponent(name)}%`),
  inUrl("parameters of a segment", (name) => `${encodeURIComponent(name)};v=1`),
  inUrl("a fragment", (name) => `${encodeURIComponent(name)}#`),
  inUrl("a query", (name) => `${encodeURIComponent(name)}?`),
  inUrl("a double slash", (name) => `/${encodeURIComponent(name)}`),
];

function escapeLatin1(name: string): string {
  return [...Buffer.from(name, "latin1")].map((byte) => (byte < 0x80 ? String.fromCharCode(byte) : `%${byte.toString(16)}`)).join("");
}

/** The same ways for a path, its first folder spelled so, and those that only a whole target has. */
export function pathSpellings(path: string): readonly { readonly label: string; readonly path: Spelled }[] {
  const [first = "", ...rest] = path.slice(1, -1).split("/");
  const behind = rest.map((segment) => `/${segment}`).join("");
  const whole = (label: string, target: string) => ({ label, path: { text: decodeURI(target), inUrl: target } });
  const written = encodeURI(path);
  return [
    ...SPELLINGS.map(({ label, of }) => {
      const { text, inUrl: escapedName } = of(first);
      return { label, path: { text: `/${text}${behind}/`, inUrl: `/${escapedName}${behind}/` } };
    }),
    whole("absolute form", `http://localhost${written}`),
    whole("absolute form with another host", `http://elsewhere.example${written}`),
    whole("absolute form that climbs", `http://localhost/alice/..${written}`),
    whole("dots in the middle", `/${encodeURIComponent(first)}/./..${written}`),
    whole("from its own folder", `/alice/photos/../..${written}`),
    whole("the hub's own folder", `${written}.hub-tmp/`),
    whole("without its last folder", `/${encodeURIComponent(first)}/`),
    whole("everything", "/"),
    whole("very long", `${written}${"x".repeat(9000)}/`),
  ];
}
