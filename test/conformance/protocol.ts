import type { Rows } from "./restic-rest.ts";
import {
  APPEND_ONLY,
  BROKEN_LISTING,
  CLIMBING,
  CONFIG_UNREADABLE,
  FULL_DISK,
  HB_8,
  LIFE,
  LOST_ANSWER,
  OWN_ONLY,
  TOO_LARGE,
  UNCLEAN,
} from "./test-names.ts";

const RANGE_TABLE = "1.4: every form of Range gets the status and the bytes of the table";
const AUTH_TABLE = "1.2, 0#10: no credentials, empty ones, malformed ones and wrong ones are 401 with a challenge";
const REPOSITORY_METHODS = "1.2 repository: GET, HEAD and PUT are 405 and allow POST, DELETE is 501 and removes nothing";
const CONFIG_CREATED = "1.2 config: the same bytes again are 200, others 403, and DELETE then POST replaces it as migrate does";
const MISSING_FOLDER = "0#6, 1.2 listing: a missing folder of a repository that is there is 200 []; a missing repository is 404";
const LISTING_METHODS = "1.2 listing: HEAD is 200 with the headers, and other methods are 405";
const EARLY_REFUSAL = "a refusal reaches a client that is still sending a large body, of which the hub reads no more than a bound";
const EARLY_REFUSAL_H2 = "over HTTP/2 a refusal arrives while the body is still being sent, and the connection stays";
const EARLY_507 = "0#19, 1.5: an upload that would pass a quota is 507 with who and how much, before its body is read";
const TENANTS = [
  "another tenant, however much it may do on its own, learns nothing of a tenant beside it and changes nothing there",
  "no spelling of another tenant's names leads to it",
];

/** What matters most, the protocol and how real clients behave: sections 0 to 2. */
export const PROTOCOL: Readonly<Record<string, Rows>> = {
  "section 0": {
    "1 success is exactly 200": ["0#1, 1.2 POST: a new object is exactly 200 with an empty body, and is read back"],
    "2 content type of version 2": ["0#2, RB-9: version 2 has names and sizes and exactly its content type; anything else gets version 1"],
    "3 HEAD carries Content-Length": ["0#3, 1.2 HEAD: an object's length is told, whatever Range says, and an absent one is 404"],
    "4 a range is 206 of exact length": ["0#4: a range is 206 with an exact length, never chunked or compressed"],
    "5 DELETE of something absent": ["0#5, 1.2 DELETE: what is there goes, and what is not there is 200 as well"],
    "6 a missing type folder": [MISSING_FOLDER],
    "7 a lost acknowledgement": [APPEND_ONLY, LOST_ANSWER],
    "8 DELETE races with a slow upload": [
      "RS-10, 0#8: a stalled upload, a DELETE and a second upload of one name leave the second's bytes",
    ],
    "9 the reason phrase is a sentence": [
      "1.2 DELETE: append-only refuses all but locks, there or not, and says why",
      "a reason phrase goes out as printable ASCII of at most 80 characters",
    ],
    "10 an empty login is anonymous": [AUTH_TABLE, "0#10: an empty login is nobody and never counts as a failed sign-in"],
    "11 HTTP/2 and 1.1 by ALPN, wide windows": [
      "HTTP/2 is answered like HTTP/1.1, with the same headers and the wide windows",
      "HTTP/1.1 is spoken on the same TLS listener, and its connection kept",
    ],
    "12 timeouts by progress": [
      "0#12: uploads have no total timeout, and idle connections outlive the 90 s for which Go keeps them",
      "a slow body may take as long as it moves",
      "a body that is cut off, or silent for too long, ends in incomplete and stops the work on it",
    ],
    "13 never a redirect": [UNCLEAN],
    "14 the raw target is parsed by hand": [CLIMBING, "no target makes the parser throw or yields a segment that could climb"],
    "15 list after write": ["0#15: an upload is in the next listing, and a removed object is not"],
    "16 bytes flow before 5 minutes": ["1.3: a listing too large to hold back is streamed whole, plain and compressed"],
    "17 permanent statuses": [AUTH_TABLE, OWN_ONLY, RANGE_TABLE, FULL_DISK],
    "18 names are verified": ["0#18, 1.2 POST: bytes that are not what their name says are 400 and leave nothing"],
    "19 quota": ["0#19, 1.5: an upload that would pass a quota is 507 with who and how much, before its body is read", HB_8],
    "20 password cache and enumeration": [
      "7.1: an unknown login takes as long to refuse as a wrong password",
      "7.1: a password that was right is not hashed again within five minutes",
    ],
  },
  "section 1.2": {
    "create, new and already there": ["1.2 create: a new repository is 200, has restic's folders, and is 200 again"],
    "create absent or not true": ["1.2 create: without create=true it is 400, and nothing is made"],
    "create without slash": ["1.2 create: a missing last slash and other query parameters do no harm"],
    "create deeper than two": ["1.2 create: eight folders deep is fine, and nine are not"],
    "create in append-only": ["1.2 create: an append-only account may, a reader may not"],
    "create with the chunked body of 0.17": [
      "1.2 create: the chunked empty body of restic 0.17 and later is taken, and a large one is refused",
    ],
    "GET HEAD PUT DELETE of a repository": [REPOSITORY_METHODS],
    "HEAD config": ["0#3, 1.2 HEAD: an object's length is told, whatever Range says, and an absent one is 404"],
    "config unreadable": [CONFIG_UNREADABLE],
    "GET config with a range": ["1.2 config: a range of it is 206"],
    "POST config, first and again": [CONFIG_CREATED, "RB-1: a config is created once, and a missing one is not found"],
    "POST without the right to create": ["1.2 POST: a reader may store nothing where something is, and finds nothing where nothing is"],
    "POST config, repository missing": ["1.2 objects: packs and config may come before the repository is created"],
    "DELETE config": [CONFIG_CREATED, "RS-4: with maintain, config and objects are stored, removed, gone, and removed again"],
    "DELETE config in append-only": ["1.2 DELETE: append-only refuses all but locks, there or not, and says why"],
    "listing, normal": ["0#2, RB-9: version 2 has names and sizes and exactly its content type; anything else gets version 1"],
    "listing, folder or repository missing": [MISSING_FOLDER, "a folder that only holds other repositories is none itself"],
    "listing, other methods": [LISTING_METHODS],
    "listing without slash, unknown type": ["1.2 listing: a type that restic does not have, or one without its slash, is 404"],
    "POST object, hash wrong": ["0#18, 1.2 POST: bytes that are not what their name says are 400 and leave nothing"],
    "POST object, body short": [
      "RB-7, 1.2 POST: a body that ends before its declared length is not stored",
      "over HTTP/2 a body that is cut off or silent is incomplete, with a declared length or without",
    ],
    "POST object, exists with other content": ["1.2 POST: other content under a stored name is 403, and the stored bytes stay"],
    "POST object, exists with same content": [APPEND_ONLY],
    "POST object, folders missing": [
      "1.2 objects: packs and config may come before the repository is created",
      "1.2 objects: a folder that is taken away behind our back is made again on demand",
    ],
    "POST object, bad name": ["1.2 POST: a name that is not 64 lower-case hex digits is 404"],
    "POST object, chunked": ["1.2 POST: a chunked body is stored like any other, and one with the wrong hash is not"],
    "ENOSPC in write and elsewhere": [FULL_DISK, "* in any step of an upload is storage_full, and everything is cleaned up (*)"],
    "DELETE object, locks in append-only": ["RS-3: in append-only a lock is stored, not replaced, and removed"],
    "other methods on an object": ["1.2: other methods on an object are 405 and name the four that work"],
    "no or bad credentials": [AUTH_TABLE],
    "authenticated, not allowed": [OWN_ONLY],
    "header block too large": ["a request that is not HTTP gets one whole refusal and one line in the log"],
    "overloaded or shutting down": [
      "7.3: more requests of one account at once than the bound are 503, and locks are not counted",
      "a request that comes while closing is answered with 503",
    ],
  },
  "section 1.3": {
    "empty is []": ["RS-7, 1.3: an empty listing is [] in both versions"],
    "foreign names": ["RS-8, 1.3: foreign names, links, folders and packs in a wrong folder are left out"],
    "omission is dangerous": [
      BROKEN_LISTING,
      "a folder of packs that is kept elsewhere behind a link is listed, and one that is not mounted is a gap",
      "1.3: an error in a listing that is already being sent breaks the connection",
    ],
    compression: ["1.3: a listing over 64 KiB is compressed for those who ask, and a small one never"],
    framing: ["1.3: a listing too large to hold back is streamed whole, plain and compressed"],
  },
  "section 1.4": {
    "the table of ranges": [RANGE_TABLE],
    "size 0": ["1.4: any range of an object without bytes is 200 and empty"],
    "If-Range and If-None-Match": ["1.4: If-Range gets the whole object, and If-None-Match is not looked at"],
    headers: ["1.4: an object's headers keep proxies and browsers from touching its bytes"],
    "file ends early": ["1.4: an object that ends early, or cannot be read on, breaks the connection instead of ending like a whole one"],
  },
  "section 1.5": {
    "2 heal a damaged object": ["1.5 #2: a damaged object is healed by a right upload and by no other, as *"],
    "4 a refusal leaves nothing": [
      "a refused upload leaves no row, and nothing that looks like a repository",
      "five hundred broken uploads leave no descriptor behind",
      "1.5 #4: a client that goes away in the middle of an upload leaves nothing",
    ],
    "5 publish without overwriting": ["1.5: twenty uploads of one object at once all succeed and leave one file"],
    "5 durable before 200": [
      "power that goes at any moment takes nothing acknowledged and leaves no half file: **",
      "an upload on a real disk syncs its bytes, its folder, and each new folder's name, before it is acknowledged",
    ],
    "6 fsync errors": [
      "1.5 #6: a file system without fsync still takes uploads",
      "1.5 #6: any other failure of * is a failed upload, 500, and leaves nothing",
    ],
    "leftovers are swept": ["1.5: leftovers of a hub that was killed are swept when it starts, those of other programs after a week"],
  },
  "section 1.6": {
    "modes and folders": [
      "1.6: objects are 0600 in folders of 0700, packs in a folder of their first two digits",
      "1.6: files may be read-only or shared with a group, when that is set",
    ],
  },
  "section 1.7": {
    "append-only": [APPEND_ONLY, "RS-3: in append-only a lock is stored, not replaced, and removed"],
    "append-only, breaks": [
      "1.7: append-only refuses what forget, prune, tag, rewrite, key, migrate and repair remove, and all of it stays",
      "an append-only account backs up and restores, and cannot forget",
    ],
    "append-only, still open": [
      "1.7: append-only lets a backup, a new key, the refresh of a lock and unlock of another host's through",
      "7.3: a repository with too many locks takes no more until some are removed",
    ],
    "private repos": [OWN_ONLY, ...TENANTS],
    "no-auth": ["RS-11, RS-14: without authentication every request is the account that the operator named"],
    "read-only": [
      "1.7: a reader reads and keeps locks, and adds and removes nothing else",
      "a read-only repository is read and locked, and everything else is refused with its reason",
    ],
  },
  "section 1.8": {
    "--max-size": [HB_8, "an account's quota is for all it owns and for nobody else, and one that is lifted counts no longer"],
    "start-up walk": ["a repository that lay here before is counted before its quota lets anything in"],
    "locks counted and refused": [
      "1.8: a full repository still takes locks, objects that it has, and from those who may remove what a clean-up writes",
      "1.8: packs stay out of the disk's reserve, its last 64 MiB are for locks and clean-ups, and its last 16 MiB for nothing that is stored",
    ],
    "early 507": [HB_8, EARLY_507],
    "local prune or rsync": ["whatever comes and goes during a count, in any order, is in the sum exactly once"],
    "re-sends the same pack": [EARLY_507, EARLY_REFUSAL],
  },
  "section 2": {
    "2.1 versions and transports": [`${LIFE} HTTP`, `${LIFE} HTTPS with HTTP/2`, `${LIFE} a unix socket`],
    "2.5 early 403 without reading the body": [EARLY_REFUSAL, EARLY_REFUSAL_H2],
    "2.5 too large is 403": [TOO_LARGE],
    "2.5 reply lost after success": [LOST_ANSWER],
    "2.5 download cut": [
      "a stream that fails, ends early or holds too much breaks the connection, so that nobody takes a part for the whole",
    ],
    "2.5 GOAWAY during an upload": ["closing lets an upload over HTTP/2 end and takes no further request"],
    "2.6 locks bypass queues": ["7.3: more requests of one account at once than the bound are 503, and locks are not counted"],
  },
};
