import type { Rows } from "./restic-rest.ts";
import {
  APPEND_ONLY,
  AUDIT,
  BROKEN_LISTING,
  CLIMBING,
  CONFIG_UNREADABLE,
  HB_8,
  LIFE,
  LOCAL_METRICS,
  OWN_ONLY,
  SIX_NAMES,
} from "./test-names.ts";

const MOVED_IN = "a rest-server's tree and users move in: the same URLs and passwords go on, and go back again";
const READ_MODES = "files can be read-only, or shared with the group as far as the umask allows";

/** The flags of rest-server, its files, and the checklist: sections 3 and 4. */
export const SERVERS: Readonly<Record<string, Rows>> = {
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
    "--listen": [
      "RS-15, RS-16: a hub starts twice in a row on one port and one socket, and leaves neither behind",
      "several listeners open and close together, and one that is off is left out",
    ],
    "--proxy-auth-username": [
      "RS-11: the user a listed proxy names is that user; an empty or missing name, or an unlisted peer, is nobody",
      "a header that names the user is worth nothing without the proxies that may send it",
    ],
    "--no-verify-upload, which there is not": ["0#18, 1.2 POST: bytes that are not what their name says are 400 and leave nothing"],
    "--group-accessible-repos": [READ_MODES, "1.6: files may be read-only or shared with a group, when that is set"],
    "--tls, --tls-cert, --tls-key": [
      "TLS takes its pair from the data folder or from two paths, and paths without TLS are an error (RS-13)",
    ],
    "--tls-min-ver": ["TLS below the least version, and clear text on a TLS port, are turned away and leave nothing open"],
    "--prometheus, --prometheus-no-auth": [SIX_NAMES, LOCAL_METRICS],
    "SIGTERM and SIGHUP": [
      "serve ends with 0 when it is told to stop, and with 1 and a sentence beside a hub on the same data",
      "SIGHUP reads the certificate again, and the hub goes on",
    ],
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
  "section 3.3": {
    "six counters and their labels": [SIX_NAMES],
    "who may ask": [
      LOCAL_METRICS,
      "no credentials that do not let in tell or change anything, whichever route and whoever's name they come with",
    ],
    "the log names the user": [AUDIT],
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
    "HB-3": [
      "HB-3: a hub of * that is killed under load keeps what it has acknowledged",
      "power that goes before or after any step keeps every promise: *",
    ],
    "HB-4": [
      "a repository is the same one through the hub, a folder and rest-server",
      "a tree that rest-server has written is served as it stands",
      "backups through the hub and through rest-server at once leave a sound repository",
      MOVED_IN,
    ],
    "HB-5": [
      "HB-5: 200,000 packs are listed whole, and never hold up the event loop for 50 ms or take 200 MB",
      "HB-5: listings for five slow readers at once stay within their bound",
    ],
    "HB-6, its rate beside that of HTTP/1.1 in the bench": ["HB-6: uploads over HTTP/2 have the windows of decision 007"],
    "HB-7": [
      "HB-7: clients that send their headers a byte at a time, or nothing at all, are cut, and others are answered meanwhile",
      "HB-7: a body that comes byte by byte is stored, and one that stops is cut and leaves nothing",
      "HB-7: a reader that stops is cut and its file closed, and one that goes on slowly gets all of it",
      "HB-7: over TLS a client that is slow with its handshake, its preface or its header block is cut",
    ],
    "HB-8": [HB_8, "HB-8, *: two processes that fill one quota at once pass it by no byte, and leave no room unused"],
    "HB-9": ["HB-9: whatever the target, there is no 5xx, no 3xx, and nothing of another account"],
  },
};
