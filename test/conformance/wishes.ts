import type { Rows } from "./restic-rest.ts";
import {
  APPEND_ONLY,
  AUDIT,
  CLIMBING,
  CONFIG_UNREADABLE,
  FULL_DISK,
  HB_8,
  LOCAL_METRICS,
  LOST_ANSWER,
  SIX_NAMES,
  TOO_LARGE,
  UNCLEAN,
} from "./test-names.ts";

const HEALTH = "health and readiness answer without a login, and tell nothing";
const TOKENS_END = "a token is refused at once when it is disabled, removed or over";
const CLIENT_CERTIFICATE =
  "5#8: a client certificate signs in as the login that is marked for it, over both versions of HTTP, and is bound like a password";

/** What users ask for, and security: sections 5 and 7. */
export const WISHES: Readonly<Record<string, Rows>> = {
  "section 5": {
    "1 quota per user and repository": [
      HB_8,
      "an account's quota is for all it owns and for nobody else, and one that is lifted counts no longer",
      "a quota is set for one scope, listed with what is used, shown, and taken away",
    ],
    "2 roles and several credentials": [
      "each host of an account signs in with its own login, and ending one leaves the others in",
      "a login that is capped has no more than that role, whatever its account was granted, and no more than its account where that has less",
      "a repository is shared by a grant, with the granted role, until it is taken back",
    ],
    "3 retries in append-only": [APPEND_ONLY, LOST_ANSWER],
    "4 a stolen client": [
      "no sequence of requests by the roles read and backup, in any order, at once, repeated, cut, with a jumping clock and sweeps between, makes a readable byte unreadable",
      "a hold is refused in a sentence with the next request, and ends with the one after it is lifted",
      "a rolling hold lets go what has lain here for long enough",
      "an append-only login removes while a window is open for it by name, and no longer when it is closed or over",
    ],
    "5 metrics": [SIX_NAMES, "gauges tell what is kept: repositories, accounts, the hub, its trash and its disk"],
    "8 certificates": [
      "a certificate that is replaced is served to new connections, and open ones go on",
      CLIENT_CERTIFICATE,
      "5#8: where a certificate is required, a password alone does not even connect",
      "restic * signs in with its certificate alone, and is out when that is taken away",
    ],
    "9 tokens": [
      "a scope opens what it names and nothing more",
      TOKENS_END,
      "a login that is capped to read, and a token without the permission, change nothing of anybody's",
    ],
    "10 clear errors": [
      CONFIG_UNREADABLE,
      FULL_DISK,
      AUDIT,
      "the timeline tells what a real restic does as a story, in order, and another process sees it happen",
    ],
    "12 health": [HEALTH, "an unwritable disk is not ready, tells a stranger no more than that, and is ready again"],
    "13 events": [
      "timeline: a backup shows while it arrives, tells who it is of, and lasts from its first pack to its snapshot",
      "a lock that nobody renews is told of once, also by a hub that is started again",
    ],
    "15 deeper paths": ["1.2 create: eight folders deep is fine, and nine are not"],
    "16 trash": [
      "5 trash: what a client removes comes back whole from the trash; its locks do not go there",
      "5 trash: after a removal the same object can be stored and removed again",
      "the operator empties what is past the hold, what is younger only in so many words, and nothing under a hold of the table",
    ],
  },
  "section 7.1": {
    timing: [
      "7.1: an unknown login takes as long to refuse as a wrong password",
      "7.1: once an imported hash was checked, an unknown login, our own hash and every imported kind fail after about the same time",
      "7.1: a login that has a certificate and no password costs one hash, and no password is right for it",
      "a rotated password works beside the old one until the overlap is over, and costs one hash whichever is asked",
    ],
    "brute force": [
      "7.1: too many failures are refused unseen, the right password of a new place too; a machine that was in stays in",
      "7.1: a restart forgets nobody who was in: others' guesses keep neither the machine nor its password out",
    ],
    "CPU exhaustion": ["7.1: more passwords at once than may be checked or wait are 503, and never more than two are hashed at a time"],
    cache: [
      "7.1: a password that was right is not hashed again within five minutes",
      "7.1: a new password works at once, and the old one stops at once",
    ],
    "proxy header": ["RS-11: the user a listed proxy names is that user; an empty or missing name, or an unlisted peer, is nobody"],
    "clear text": ["clear text beyond loopback has to be asked for by name"],
  },
  "section 7.2": {
    "climbing paths, CVE-2026-59733, GHSA-45pq-889g-fcgh": [CLIMBING],
    "unclean paths": [UNCLEAN],
    "absolute form, asterisk": ["7.2: the path of an absolute target counts, an asterisk is 405"],
    "spaces, Unicode, leading dot": [
      "7.2: a repository's name may have spaces, Unicode and a leading dot where it lies already",
      "1.2 create, 7.2: a name that no new repository may have is 403, and one that lies there already is served",
    ],
    "links are not followed": ["7.2: an object that is a symbolic link is not followed"],
    "secrets in the data root": ["what rest-server keeps beside the repositories is never served, replaced or removed"],
    "the hub's own names": ["the hub's own folders are no names at this door"],
    "advisories 131 and 117, slashes in user names": ["RS advisories 131 and 117: a login with a slash, plain or escaped, is nobody's"],
    "advisory 64, config overwritten in append-only": [APPEND_ONLY],
    "advisory 60, auth off by default": ["RS-14: with no account at all the hub starts and answers 401"],
    "advisory 318, readable secrets": ["sqlite: only its owner may read the file, and closing leaves the file alone"],
  },
  "section 7.3": {
    "headers, size and fields": ["a request that is refused by its first lines is an ordinary line in the log"],
    "headers, time": ["headers that trickle in are cut"],
    bodies: [TOO_LARGE],
    "idle body": ["a body that is cut off, or silent for too long, ends in incomplete and stops the work on it"],
    "connections per address": ["requests on more connections than one address may have are answered with 503 and closed"],
    "requests per user": ["7.3: more requests of one account at once than the bound are 503, and locks are not counted"],
    "locks per repository": [
      "7.3: a repository with too many locks takes no more until some are removed",
      "7.3: many locks at once are no more than a repository may have",
    ],
    audit: [AUDIT, "timeline: a flood of refusals makes few lines, with a count; the first is told at once"],
    "/metrics": [LOCAL_METRICS],
    "disk reserve": [
      "7.3: below the disk's reserve a pack is 507, and a lock, an index or a snapshot is not",
      "7.3: what uploads under way have still to send is not there for others, until it came or they are gone",
      "7.3: a body of unknown length is 507 once it has filled the disk up to its reserve",
    ],
    "both lengths": ["a request that is not HTTP gets one whole refusal and one line in the log"],
    "no Server header": ["a reply has its exact length, its date and its request id, and nothing that names the server"],
  },
};
