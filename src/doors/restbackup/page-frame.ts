import type { RawHeaders } from "#http/raw-headers.ts";
import { DISCREET } from "./downloads.ts";
import { type Html, html } from "./html.ts";
import { STYLE_VERSION } from "./page-style.ts";
import { STYLE_PATH } from "./target.ts";

const CONTENT_SECURITY = [
  ...["default-src 'none'", "style-src 'self'", "img-src data:", "form-action 'self'"],
  ...["frame-ancestors 'none'", "base-uri 'none'"],
].join("; ");

/** What every page is sent with (spec/restbackup.md sections 3.4 and 9). */
export const PAGE_HEADERS: Readonly<RawHeaders> = [
  ...["Content-Type", "text/html; charset=utf-8", "Content-Security-Policy", CONTENT_SECURITY],
  ...["Cache-Control", "private, no-store", "Vary", "Accept, Authorization, User-Agent", ...DISCREET],
];

/** A stem that holds on to the ground, in the accent's green. As `data:`, so that no browser asks for `/favicon.ico`, which may be a file. */
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16' fill='none' stroke='%231f7a5c' stroke-width='2' stroke-linecap='round'%3E%3Cpath d='M8 10V2M8 10l-5 4M8 10l5 4M8 10v4M8 5l3-2M8 7 5 5'/%3E%3C/svg%3E";

/** What stands before the contents of every page. */
export function pageStart(title: string): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title}</title>
<link rel="icon" href="${ICON}">
<link rel="stylesheet" href="${STYLE_PATH}?v=${STYLE_VERSION}">
</head>
<body>
<main>
`;
}

export const PAGE_END: Html = html`</main>
</body>
</html>
`;

const PIECE_CHARACTERS = 16 * 1024; // a row more, at most

/** A page in pieces of some ten KiB. */
export async function* pageBytes(parts: Iterable<Html>): AsyncGenerator<Uint8Array, void, undefined> {
  let text = "";
  for (const part of parts) {
    text += part.text;
    if (text.length < PIECE_CHARACTERS) continue;
    yield Buffer.from(text);
    text = "";
  }
  if (text !== "") yield Buffer.from(text);
}
