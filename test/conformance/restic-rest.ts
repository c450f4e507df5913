/** Rows of one section of the spec, and for each the tests that fail when it breaks. */
type Rows = Readonly<Record<string, readonly string[]>>;

const RANGE_TABLE = "1.4: every form of Range gets the status and the bytes of the table";
const AUTH_TABLE = "1.2, 0#10: no credentials, empty ones, malformed ones and wrong ones are 401 with a challenge";
const APPEND_ONLY = "RS-2, 0#7: append-only at * stores once, takes the same again, and replaces and removes nothing";
const LOST_ANSWER = "a lost acknowledgement does not fail an append-only backup";
const REPOSITORY_METHODS = "1.2 repository: GET, HEAD and PUT are 405 and allow POST, DELETE is 501 and removes nothing";
const CONFIG_CREATED = "1.2 config: the same bytes again are 200, others 403, and DELETE then POST replaces it as migrate does";
const CONFIG_UNREADABLE = "RS-6, 1.2 config: one that cannot be read is 500 and says why, for GET and HEAD; one that is not there is 404";
const MISSING_FOLDER = "0#6, 1.2 listing: a missing folder of a repository that is there is 200 []; a missing repository is 404";
const LISTING_METHODS = "1.2 listing: HEAD is 200 with the headers, and other methods are 405";
const CLIMBING =
  "7.2, CVE-2026-59733, GHSA-45pq-889g-fcgh, rclone: no spelling of a path leaves the account's own, for any method; each is 404";
const UNCLEAN = "7.2, 0#13: a path that other servers would tidy up is 404 and never a redirect";
const OWN_ONLY = "1.7, rclone: another account's repository is 403 whatever the method and the spelling, and tells nothing";
const TOO_LARGE = "7.3: objects over the bound of their type are 403 with a sentence, declared or not, and leave nothing";
const FULL_DISK = "1.2 POST: a full disk in * is 507, leaves nothing, and is over when there is room again";
const EARLY_REFUSAL = "a refusal reaches a client that is still sending a large body, of which the hub reads no more than a bound";
const EARLY_REFUSAL_H2 = "over HTTP/2 a refusal arrives while the body is still being sent, and the connection stays";
const BROKEN_LISTING = "1.3, rclone: a folder that cannot be read fails the whole listing with 500";
const MOVED_IN = "a rest-server's tree and users move in: the same URLs and passwords go on, and go back again";
const HB_8 = "HB-8: sixty uploads at once, half of unknown length, never pass a hard quota by a byte and leave nothing of those refused";
const LIFE = "restic * leads a repository through its whole life over";

/**
 * What of spec/restic-rest.md this door answers for. A row is named by its id, or by its section and first words. Not here: rows of
 * trash, which come with it; figures and crash runs (HB-3, HB-5, HB-6, HB-7). HB-1 is run with 0.14.0,
 * 0.18.1 and 0.19.1, not with 0.11.
 */
export const RESTIC_REST: Readonly<Record<string, Rows>> = {
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
    "ENOSPC in write and elsewhere": [FULL_DISK, "* in any step of an upload is storage_full, and everything is cleaned up"],
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
      "power that goes at any moment takes nothing acknowledged and leaves no half file: *",
      "an upload on a real disk syncs its bytes, its folder, and each new folder's name, before it is acknowledged",
    ],
    "6 fsync errors": [
      "1.5 #6: a file system without fsync still takes uploads",
      "1.5 #6: any other failure of * is a failed upload, 500, and leaves nothing",
    ],
    "leftovers are swept": ["1.5: leftovers of a hub that was killed are swept when it starts, those of other programs after a week"],
  },
  "sections 1.6 and 1.7": {
    "modes and folders": [
      "1.6: objects are 0600 in folders of 0700, packs in a folder of their first two digits",
      "1.6: files may be read-only or shared with a group, when that is set",
    ],
    "append-only": [APPEND_ONLY, "an append-only account backs up and restores, and cannot forget"],
    "private repositories": [OWN_ONLY],
    "no-auth": ["RS-11, RS-14: without authentication every request is the account that the operator named"],
    "read-only": ["1.7: a reader reads and keeps locks, and adds and removes nothing else"],
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
  "section 3.1": {
    "--path": [
      MOVED_IN,
      "an adopted folder is served by a running hub with the next request, uploads go into it, and given back it is not",
    ],
    "--htpasswd-file, --max-size, --append-only": [
      "import rest-server --dry-run makes no data folder, changes nothing, and says in the same words what the real one then does",
      "--private-repos: each user has its own folder and no other; --append-only: it removes nothing there but locks",
    ],
    "--private-repos": ["without --private-repos every user sees everything, and removes it without --append-only"],
    "--no-auth": ["--no-auth makes one account without a password and says how requests without a login reach it"],
  },
  "section 3.2": {
    "accepted, and refused by rest-server": [
      "3.2: every kind of hash that rest-server takes, and apr1 and SHA-crypt, are taken as they stand",
      "3.2: each kind of hash of an htpasswd file takes its password and no other",
      "3.2: bcrypt looks at the first 72 bytes of a password and no further, as where it comes from",
    ],
    "user names": ["names in letters of any language are taken, and bytes that are no UTF-8 are no name"],
    parsing: [
      "3.2: a byte order mark, line ends of any kind, comments, blank lines and more colons cost no user the way in",
      "3.2: a line that is wrong is told with its number and its reason, and the others count",
    ],
    "re-hashed at the first sign-in": [
      "3.2: an imported hash signs in and is kept as argon2id from the first right sign-in on, and never from a wrong one",
      "a password that is rotated while an imported one is being kept anew stays the rotated one",
    ],
  },
  "section 4.1, rest-server's own tests": {
    "RS-1": ["RS-1: no segment of a repository's path can leave the folder above it"],
    "RS-2": [APPEND_ONLY],
    "RS-3": ["RS-3: in append-only a lock is stored, not replaced, and removed"],
    "RS-4": ["RS-4: with maintain, config and objects are stored, removed, gone, and removed again"],
    "RS-5": ["RS-5: repositories are made at the root, one and two levels deep, a parent after its child"],
    "RS-6": [CONFIG_UNREADABLE, "a file that cannot be read is damaged, and the refusal says why"],
    "RS-7": ["RS-7, 1.3: an empty listing is [] in both versions"],
    "RS-8": ["RS-8, 1.3: foreign names, links, folders and packs in a wrong folder are left out"],
    "RS-9": ["RS-9: a URL is split into a repository and exactly one known form, or names nothing"],
    "RS-10": ["RS-10, 0#8: a stalled upload, a DELETE and a second upload of one name leave the second's bytes"],
    "RS-11": [
      "RS-11: the user a listed proxy names is that user; an empty or missing name, or an unlisted peer, is nobody",
      "RS-11, RS-14: without authentication every request is the account that the operator named",
    ],
    "RS-12": [
      "RS-12: a right password is accepted and a wrong one refused, ten times in turn",
      "RS-12, 3.2: with an imported $2y$ hash a right password is accepted and a wrong one refused, ten times in turn",
    ],
    "RS-13": ["TLS takes its pair from the data folder or from two paths, and paths without TLS are an error (RS-13)"],
    "RS-14": [
      "requests without a login are only taken where no stranger can send one (RS-14)",
      "RS-14: with no account at all the hub starts and answers 401",
    ],
    "RS-15": [
      "RS-15: GET of a repository is 405, its config 200, another's config 404",
      "RS-15, RS-16: a hub starts twice in a row on one port and one socket, and leaves neither behind",
    ],
    "RS-16": ["RS-15, RS-16: a hub starts twice in a row on one port and one socket, and leaves neither behind"],
  },
  "section 4.2, restic's backend suite": {
    "RB-1": ["RB-1: a config is created once, and a missing one is not found"],
    "RB-2": ["RB-2: fifty random parts of an object are read back exactly, and data/foobar is not found"],
    "RB-3": ["RB-3: a part behind the end is refused in a way that does not mean absent"],
    "RB-4": ["RB-4: forty parallel small uploads are listed with their names and sizes, and removed in parallel"],
    "RB-5": ["RB-5: a listing that its reader gives up, early or late, leaves nothing open and harms nobody"],
    "RB-6": ["RB-6: uploads of 0.2 to 8.6 MB are read back, have the right size, are removed and gone"],
    "RB-7": ["RB-7, 1.2 POST: a body that ends before its declared length is not stored"],
    "RB-8": ["RB-8: all five types in parallel: absent, stored, read, read in part, removed, stored again, listed, removed"],
    "RB-9": ["0#2, RB-9: version 2 has names and sizes and exactly its content type; anything else gets version 1"],
  },
  "section 4.3, rclone": {
    "list error in the store": [BROKEN_LISTING],
    "lookup error, not found": ["rclone: an object that cannot be looked up is 500, one that is not there 404"],
    "another user's repository": [OWN_ONLY],
    "climbing paths": [CLIMBING],
  },
  "section 4.4": {
    "HB-1": [`${LIFE} HTTP`, `${LIFE} HTTPS with HTTP/2`, `${LIFE} a unix socket`],
    "HB-2 sections 0, 1.2, 1.4 and 2.5": ["the map names every row of spec/restic-rest.md that has an id"],
    "HB-4": [
      "a repository is the same one through the hub, a folder and rest-server",
      "a tree that rest-server has written is served as it stands",
      "backups through the hub and through rest-server at once leave a sound repository",
      MOVED_IN,
    ],
    "HB-8": [HB_8, "HB-8, *: two processes that fill one quota at once pass it by no byte, and leave no room unused"],
    "HB-9": ["HB-9: whatever the target, there is no 5xx, no 3xx, and nothing of another account"],
  },
  "section 5, credentials": {
    "2 several credentials, one per host": [
      "each host of an account signs in with its own login, and ending one leaves the others in",
      "a login that is capped has no more than that role, whatever its account was granted, and no more than its account where that has less",
    ],
    "8 client certificates": [
      "5#8: a client certificate signs in as the login that is marked for it, over both versions of HTTP, and is bound like a password",
      "5#8: where a certificate is required, a password alone does not even connect",
      "restic * signs in with its certificate alone, and is out when that is taken away",
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
    "locks per repository": ["7.3: a repository with too many locks takes no more until some are removed"],
    "disk reserve": ["7.3: below the disk's reserve a pack is 507, and a lock, an index or a snapshot is not"],
    "both lengths": ["a request that is not HTTP gets one whole refusal and one line in the log"],
    "no Server header": ["a reply has its exact length, its date and its request id, and nothing that names the server"],
  },
};
