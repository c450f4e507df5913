import { type Html, html, shownName } from "./html.ts";
import { PAGE_END, pageStart } from "./page-frame.ts";
import { dayAndTime, timeTag } from "./page-words.ts";
import type { Refusal } from "./refusal.ts";

const TITLES: Readonly<Record<number, string>> = {
  400: "That request cannot be understood",
  401: "Please sign in",
  403: "That is not allowed here",
  404: "There is no such file",
  405: "That cannot be done here",
  410: "This link has ended",
  416: "There is no such part",
  429: "Too many tries",
  500: "Something is wrong here",
  503: "Please come back in a minute",
};

/** A session whose link shows nothing any more. */
export interface EndedSession {
  readonly endedAtMs: number;
  /** Whether its time was over, or somebody ended it before. */
  readonly why: "expired" | "revoked";
}

/** A refusal for people. `homeHref` leads back to where there are files. */
export function refusalPage({ status, sentence, details = [] }: Refusal, homeHref: string | undefined): Html {
  const title = TITLES[status] ?? "That did not work";
  const back = homeHref === undefined ? undefined : html`<p><a href="${homeHref}">Show all files</a></p>`;
  return html`${pageStart(title)}<div class="notice">
<p class="brand">Holdfast</p>
<p class="status">${status}</p>
<h1>${title}</h1>
<p>${shownName(sentence)}</p>
${details.map((detail) => html`<p class="quiet">${shownName(detail)}</p>`)}${back}
</div>
${PAGE_END}`;
}

/** What a link says when it has ended (spec/restbackup.md section 4). It knows no account, and names none. */
export function endedSessionPage({ endedAtMs, why }: EndedSession, publicUrl: string): Html {
  return html`${pageStart("This link has ended")}<div class="notice">
<p class="brand">Holdfast</p>
<h1>This link has ended</h1>
<p>${why === "expired" ? "Its time was over at" : "It was ended before its time, at"} ${timeTag(endedAtMs, `${dayAndTime(endedAtMs)} UTC`)}. Nothing has happened to the files.</p>
<p>Ask whoever sent it for a new one. Who has the account makes it with this command, and finds its address in the answer behind <code>Location</code>:</p>
<pre>${makeSession(publicUrl)}</pre>
</div>
${PAGE_END}`;
}

/** The same as a refusal, for programs. */
export function endedSession({ endedAtMs, why }: EndedSession, publicUrl: string): Refusal {
  const sentence = `This link has ended ${why === "expired" ? "at" : "before its time, at"} ${dayAndTime(endedAtMs)} UTC. Whoever has the account can make a new one:`;
  return { status: 410, sentence, details: [makeSession(publicUrl)] };
}

function makeSession(publicUrl: string): string {
  return `curl -u USER -i -X POST -H "X-HTTP-Method-Override: MAKESESSION" ${publicUrl}`;
}
