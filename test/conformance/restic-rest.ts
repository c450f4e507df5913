/**
 * Each row of spec/restic-rest.md that this door answers for, and the tests that would fail if it broke. Rows are named by their id,
 * or by their section and first words. Quota rows (0#19, HB-8) come with quotas; HB-3, HB-5, HB-6 and HB-7 with speed and crashes.
 */
export const RESTIC_REST: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  "section 0": {
    "0#1 success is exactly 200": ["0#1, 1.2 POST: a new object is exactly 200 with an empty body, and is read back"],
    "0#2 content type of version 2, byte for byte": [
      "0#2, RB-9: version 2 has names and sizes and exactly its content type; anything else gets version 1",
    ],
    "0#3 HEAD carries Content-Length": ["0#3, 1.2 HEAD: an object's length is told, whatever Range says, and an absent one is 404"],
    "0#4 a range is 206 of exact length": ["0#4: a range is 206 with an exact length, never chunked or compressed"],
    "0#5 DELETE of something absent is 200": ["0#5, 1.2 DELETE: what is there goes, and what is not there is 200 as well"],
    "0#6 a missing type folder is 200 []": [
      "0#6, 1.2 listing: a missing folder of a repository that is there is 200 []; a missing repository is 404",
    ],
    "0#7 a lost acknowledgement in append-only": [
      "RS-2, 0#7: append-only at * stores once, takes the same again, and replaces and removes nothing",
      "a lost acknowledgement does not fail an append-only backup",
    ],
    "0#8 DELETE races with a slow upload": [
      "RS-10, 0#8: a stalled upload, a DELETE and a second upload of one name leave the second's bytes",
    ],
    "0#9 the reason phrase is a sentence": ["1.2 DELETE: append-only refuses all but locks, there or not, and says why"],
    "0#10 an empty login is anonymous": [
      "1.2, 0#10: no credentials, empty ones, malformed ones and wrong ones are 401 with a challenge",
      "0#10: an empty login is nobody and never counts as a failed sign-in",
    ],
    "0#13 never a redirect": ["7.2, 0#13: a path that other servers would tidy up is 404 and never a redirect"],
    "0#14 the raw target is parsed by hand": [
      "7.2, CVE-2026-59733, GHSA-45pq-889g-fcgh, rclone: no spelling of a path leaves the account's own, for any method; each is 404",
    ],
    "0#15 list after write": ["0#15: an upload is in the next listing, and a removed object is not"],
    "0#18 names are verified": ["0#18, 1.2 POST: bytes that are not what their name says are 400 and leave nothing"],
    "0#20 no enumeration of users": ["7.1: an unknown login takes as long to refuse as a wrong password"],
  },
};
