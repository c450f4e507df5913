/** Text that is HTML already. Whatever else is put into a page is escaped. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | undefined | readonly Html[];

/** Puts a page together; values are escaped for text and for attributes in double quotes, `undefined` is nothing. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let text = texts[0] ?? "";
  for (const [index, part] of parts.entries()) text += textOf(part) + (texts[index + 1] ?? "");
  return new Html(text);
}

function textOf(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "string") return escapeHtml(part);
  if (typeof part === "number") return `${part}`;
  return part.map(({ text }) => text).join("");
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** Marks that turn the direction of writing or break lines: what stands behind them may look like something else. */
const TURNING = /[\u202a-\u202e\u2066-\u2069\u2028\u2029]/gu;

/** A name from outside, apart from the text around it, each turning mark in it shown as its number. */
export function shownName(name: string): Html {
  const marked = escapeHtml(name).replace(TURNING, (mark) => {
    const number = (mark.codePointAt(0) ?? 0).toString(16).toUpperCase();
    return `<span class="mark" title="A character that turns or breaks text">U+${number}</span>`;
  });
  return new Html(`<bdi>${marked}</bdi>`);
}

/** The address of a file, seen from its listing: one template for `/` and for a session, and no name can become a scheme or a host. */
export function linkTo(name: string): string {
  return `.${name.split("/").map(encodeURIComponent).join("/")}`;
}
