import { createHash } from "node:crypto";
import type { RawHeaders } from "#http/raw-headers.ts";

/**
 * The look of the pages: calm, typographic, neutrals with a tint of the sea, one deep green. Colours are named once and only here. Below
 * 46rem each row of the table becomes a block of its own, with its column's name in front of each value.
 */
export const PAGE_STYLE = `:root {
  color-scheme: light dark;
  --ground: oklch(98.4% 0.004 200);
  --sheet: oklch(100% 0 0);
  --line: oklch(90.5% 0.009 205);
  --text: oklch(26% 0.022 215);
  --quiet: oklch(48% 0.022 212);
  --accent: oklch(45% 0.085 165);
  --accent-text: oklch(99% 0.01 165);
  --tint: oklch(96% 0.014 180);
  --attention: oklch(49% 0.105 65);
  --sans: ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Cantarell, Ubuntu, sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "Noto Sans Mono", "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: oklch(19% 0.013 215);
    --sheet: oklch(22.5% 0.015 215);
    --line: oklch(33% 0.018 212);
    --text: oklch(91% 0.012 200);
    --quiet: oklch(71% 0.02 205);
    --accent: oklch(76% 0.1 165);
    --accent-text: oklch(20% 0.03 170);
    --tint: oklch(26.5% 0.025 190);
    --attention: oklch(79% 0.105 75);
  }
}
* { box-sizing: border-box; }
html { background: var(--ground); color: var(--text); font: 16px/1.5 var(--sans); -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; }
main { max-width: 1200px; margin: 0 auto; padding: 40px 32px 64px; }
h1 { margin: 0; font-size: 26px; line-height: 1.25; font-weight: 620; letter-spacing: -0.012em; overflow-wrap: anywhere; }
p { margin: 0; }
time { white-space: nowrap; }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: 3px; }
a:focus-visible, button:focus-visible, input:focus-visible, summary:focus-visible, code:focus-visible {
  outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px;
}
code, .name { font-family: var(--mono); font-size: 0.925em; }
.brand { margin-bottom: 20px; color: var(--accent); font-size: 14px; font-weight: 620; letter-spacing: 0.01em; }
.lead { margin-top: 8px; color: var(--quiet); max-width: 70ch; }
.lead strong { color: var(--text); font-weight: 560; }
.bar { display: flex; flex-wrap: wrap; gap: 12px 24px; align-items: center; justify-content: space-between; margin: 28px 0 12px; }
.path { min-width: 0; font-size: 14px; overflow-wrap: anywhere; }
.path a { display: inline-block; padding: 4px 0; }
.path bdi { font-family: var(--mono); font-size: 0.925em; }
.here { color: var(--quiet); }
.step { padding: 0 6px; color: var(--quiet); }
form { display: flex; gap: 8px; margin-left: auto; }
input, button { font: inherit; font-size: 14px; min-height: 36px; border-radius: 8px; border: 1px solid var(--line); }
input { width: 240px; min-width: 0; padding: 0 12px; background: var(--sheet); color: var(--text); }
input::placeholder { color: var(--quiet); opacity: 1; }
button { padding: 0 16px; background: var(--accent); border-color: transparent; color: var(--accent-text); font-weight: 560; cursor: pointer; }
.sheet { background: var(--sheet); border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
table { width: 100%; border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { padding: 10px 16px; text-align: left; vertical-align: baseline; font-weight: 400; }
thead th { padding: 8px 16px; color: var(--quiet); font-size: 13px; white-space: nowrap; border-bottom: 1px solid var(--line); }
tbody tr + tr > * { border-top: 1px solid var(--line); }
tbody tr:hover { background: var(--tint); }
.name { width: 45%; white-space: pre-wrap; overflow-wrap: anywhere; }
.name a { text-decoration: none; }
.name a:hover { text-decoration: underline; }
.file .name a { color: var(--text); }
.file .name a:hover { color: var(--accent); }
.folder .name { font-weight: 600; }
.count { margin-left: 8px; color: var(--quiet); font: 400 13px/1.5 var(--sans); white-space: nowrap; }
.number { text-align: right; white-space: nowrap; }
.when { white-space: nowrap; }
.quiet { color: var(--quiet); }
.soon, .held { color: var(--attention); font-weight: 560; }
.mark { padding: 0 4px; border: 1px solid var(--attention); border-radius: 4px; color: var(--attention); font-size: 0.8em; }
.digest { display: inline-block; max-width: 13ch; overflow: hidden; overflow: clip; text-overflow: ellipsis; white-space: nowrap; color: var(--quiet); -webkit-user-select: all; user-select: all; }
.digest:focus { max-width: 34ch; white-space: normal; overflow-wrap: anywhere; }
.empty { padding: 48px 32px; text-align: center; }
.empty p + p { margin-top: 8px; color: var(--quiet); }
pre { margin: 8px 0 0; padding: 12px 16px; overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; background: var(--tint); text-align: left; font: 14px/1.5 var(--mono); white-space: pre-wrap; overflow-wrap: anywhere; }
.empty pre { display: inline-block; max-width: 100%; margin-top: 20px; }
.more { display: flex; flex-wrap: wrap; gap: 8px 24px; justify-content: space-between; margin-top: 16px; font-size: 14px; }
.more a { display: inline-block; padding: 4px 0; }
details { margin-top: 32px; font-size: 14px; }
summary { display: inline-block; padding: 4px 0; color: var(--quiet); cursor: pointer; }
summary::before { content: "+"; display: inline-block; width: 1.2em; font-family: var(--mono); }
details[open] summary::before { content: "\\2212"; }
summary::-webkit-details-marker { display: none; }
dl { margin: 8px 0 0; display: grid; gap: 16px; max-width: 84ch; }
dd { margin: 0; }
.notice { max-width: 64ch; padding-top: 24px; }
.notice p { margin-top: 12px; overflow-wrap: anywhere; }
.notice .status { margin: 0 0 4px; color: var(--quiet); font: 14px/1.5 var(--mono); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 60rem) { main { padding: 32px 24px 48px; } }
@media (max-width: 46rem) {
  main { padding: 20px 16px 40px; }
  h1 { font-size: 22px; }
  .brand { margin-bottom: 12px; }
  .bar { margin-top: 20px; }
  form { width: 100%; }
  input { flex: 1; width: auto; }
  input, button { min-height: 44px; font-size: 16px; }
  table, tbody, tr, th, td { display: block; width: auto; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tbody tr { padding: 12px 16px; }
  tbody tr + tr { border-top: 1px solid var(--line); }
  tbody tr + tr > * { border-top: 0; }
  th, td { padding: 0; }
  .name { width: auto; margin-bottom: 4px; font-size: 14px; }
  .name a { display: inline-block; padding: 3px 0; }
  td { display: flex; gap: 12px; justify-content: space-between; text-align: right; line-height: 1.7; }
  td::before { content: attr(data-label); color: var(--quiet); text-align: left; white-space: nowrap; }
  td:empty { display: none; }
  .digest { max-width: 22ch; }
  .empty { padding: 36px 20px; }
}
@media print { form, details, .more { display: none; } .digest { max-width: none; } }
`;

/** Changes with the style, so that a browser may keep what it has for ever. */
export const STYLE_VERSION: string = createHash("sha256").update(PAGE_STYLE).digest("hex").slice(0, 12);

/** What the style sheet is sent with, to everyone: it tells nothing of anybody. Under another version's address it is not kept. */
export function styleHeaders(query: string | undefined): RawHeaders {
  const isThisOne = query === `v=${STYLE_VERSION}`;
  return [
    ...["Content-Type", "text/css; charset=utf-8", "ETag", `"${STYLE_VERSION}"`, "Cross-Origin-Resource-Policy", "same-origin"],
    ...["Cache-Control", isThisOne ? "public, max-age=31536000, immutable" : "no-cache"],
  ];
}
