/** Names of tests that answer for rows of several sections. */
export const APPEND_ONLY = "RS-2, 0#7: append-only at * stores once, takes the same again, and replaces and removes nothing";
export const LOST_ANSWER = "a lost acknowledgement does not fail an append-only backup";
export const CONFIG_UNREADABLE =
  "RS-6, 1.2 config: one that cannot be read is 500 and says why, for GET and HEAD; one that is not there is 404";
export const CLIMBING =
  "7.2, CVE-2026-59733, GHSA-45pq-889g-fcgh, rclone: no spelling of a path leaves the account's own, for any method; each is 404";
export const UNCLEAN = "7.2, 0#13: a path that other servers would tidy up is 404 and never a redirect";
export const OWN_ONLY = "1.7, rclone: another account's repository is 403 whatever the method and the spelling, and tells nothing";
export const TOO_LARGE = "7.3: objects over the bound of their type are 403 with a sentence, declared or not, and leave nothing";
export const FULL_DISK = "1.2 POST: a full disk in * is 507, leaves nothing, and is over when there is room again";
export const BROKEN_LISTING = "1.3, rclone: a folder that cannot be read fails the whole listing with 500";
export const HB_8 =
  "HB-8: sixty uploads at once, half of unknown length, never pass a hard quota by a byte and leave nothing of those refused";
export const SIX_NAMES = "reads, writes and deletes are counted under rest-server's names and labels: what was sent, and no config";
export const LOCAL_METRICS = "without a token metrics are told to this machine alone, and not through a proxy on it";
export const AUDIT = "7.3: every DELETE, 401 and 403 stands in the log with who, where from, which object and why";
export const LIFE = "restic * leads a repository through its whole life over";
