const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * Every bound that an operator may want to move, in one table; sizes of caches and buffers that nobody needs to know stand beside what
 * they bound. Each can be set in the config file under `limits:` by the same name. Where a number has a source it is
 * spec/restic-rest.md section 6.3 or 7.3.
 */
export const DEFAULT_LIMITS = {
  // What one request may be
  headerBytes: 16 * KiB,
  headerFields: 64,
  /** Looked at six times in it, so that whoever is late is gone within 30 s. */
  headersTimeoutMs: 25 * SECOND,
  /** A body from which, or a reply to which, no byte has moved for this long is given up. There is no limit on the whole. */
  progressTimeoutMs: 90 * SECOND,
  /** Longer than the 90 s for which Go keeps an idle connection, so that it is never us who closes under a request. */
  keepAliveTimeoutMs: 125 * SECOND,
  /** After an early refusal this much of the body is read and thrown away, for this long, so that the reply arrives. */
  drainBytes: 256 * KiB,
  drainTimeoutMs: 2 * SECOND,

  // Archives
  /** The most that one file may have: what S3 takes in one piece (spec/restbackup.md section 2.1). */
  archiveBytes: 5 * GiB,
  /** Between these whole days an account keeps what it is sent (spec/restbackup.md section 5). */
  archiveRetainDaysLeast: 30,
  archiveRetainDaysMost: 365,
  /** What a refusal throws away of a body whose sender reads nothing before it has sent all (spec/restbackup.md section 2.4). */
  archiveDrainBytes: 1 * GiB,
  archiveDrainMs: 10 * MINUTE,
  /** ... of one that has no room here. */
  archiveDrainFullBytes: 64 * MiB,
  archiveDrainFullMs: 1 * MINUTE,
  /** ... of somebody who has not proven who they are. */
  archiveDrainStrangerBytes: 16 * MiB,
  archiveDrainStrangerMs: 10 * SECOND,
  /** Links of one account: made in an hour, and at a time. */
  archiveSessionsPerHour: 60,
  archiveSessionsLive: 100,
  /** Unknown tokens that one address may try in ten minutes. */
  archiveSessionMisses: 30,
  /** How many rows one look at them brings. */
  archivesPerLook: 1000,

  // How many at once
  connectionsPerAddress: 64,
  requestsPerAccount: 128,
  /** What one upload over HTTP/2 may have on its way, and what it can make us hold while nobody reads it (docs/decisions/007). */
  http2StreamWindowBytes: 2 * MiB,
  http2SessionWindowBytes: 32 * MiB,
  http2ConcurrentStreams: 64,

  // Sign-in
  /** ... and as many again, with a queue of their own, for logins from where they have signed in before. */
  passwordChecksAtOnce: 2,
  passwordChecksWaiting: 64,
  passwordBytes: 1 * KiB,
  failuresPerWindow: 20,
  failureWindowMs: 10 * MINUTE,
  /** How many addresses, logins and pairs of both the throttle remembers; the oldest are forgotten first. */
  failureBuckets: 20_000,
  verifierCacheMs: 5 * MINUTE,
  verifierCacheEntries: 10_000,
  credentialsPerAccount: 100,
  addressesPerCredential: 32,
  /** Logins together with the address blocks they have signed in from: their own failures alone count against them. */
  provenPairs: 20_000,
  provenPairsPerLogin: 64,
  provenPairAgeMs: 180 * 24 * HOUR,
  /** Failed sign-ins are told once in this time for each login and address, in so many lines at most; when a login was used last is written as often. */
  signInNotesMs: 1 * MINUTE,
  failedSignInLines: 30,

  // Import of htpasswd files: dearer hashes are refused, because every guess at them would cost seconds
  importedBcryptCost: 14,
  importedShaCryptRounds: 200_000,
  /** Files of an adopted tree whose owner and mode are looked at. */
  importedFilesChecked: 200_000,

  // The hub's own API
  apiBodyBytes: 64 * KiB,
  /** When a token was last used is written down at most this often. */
  tokenUseMs: 5 * MINUTE,
  /** Counting what lies in a repository reads its folders; so many at once, so many waiting. */
  countsAtOnce: 2,
  countsWaiting: 16,
  /** Largest table of connections that is searched for the process of a local request. */
  socketTableBytes: 8 * MiB,

  /** Readers of the timeline that are followed at once, and of one caller. */
  eventStreams: 512,
  eventStreamsPerCaller: 32,
  /** A comment goes to a reader for whom nothing has happened for this long, so that both ends notice a connection that is dead. */
  eventHeartbeatMs: 15 * SECOND,
  /** After this a reader signs in again: what only a sign-in looks at, such as the end of a certificate, counts then. */
  eventStreamMs: 1 * HOUR,

  // Restic
  repositoryDepth: 8,
  /** That one account may own. An empty one has 261 folders, which no quota counts; nothing takes a repository out of the count again. */
  repositoriesPerAccount: 1000,
  /** restic's have 134 to 147 (section 2.3). They count against no quota and may go into the disk's reserve, so they have to be small. */
  lockBytes: 16 * KiB,
  /** `config` and `keys` */
  smallObjectBytes: 1 * MiB,
  /** `snapshots` and `index` */
  mediumObjectBytes: 256 * MiB,
  /** `data` */
  packBytes: 512 * MiB,
  locksPerRepository: 1000,
  /** Listings are held back up to this size, all of them together, so that an error in one can still be a 500. */
  listingHeldBytes: 16 * MiB,
  /** ... and up to this long, because restic gives up on a request after 5 minutes without a byte. */
  listingHeldMs: 30 * SECOND,
  listingGzipBytes: 64 * KiB,
  /** Names and sizes of packs that each process keeps for listings: 40 bytes a pack, those of the repositories listed last. */
  listingIndexBytes: 64 * MiB,
  /** ... and for this long, because a file that another program cuts or lengthens where it lies shows in no time of its folder. */
  listingIndexAgeMs: 10 * MINUTE,

  // Disk
  /** Uploads of packs are refused below this much free space, or below this share of the disk, whichever is more. */
  reserveBytes: 1 * GiB,
  reserveShare: 0.01,
  /** What is written is handed to the disk in pieces of this size; an upload holds at most four of them. */
  writeChunkBytes: 1 * MiB,
  /** What is read is sent on in pieces of this size; of many reads at once most take an eighth. */
  readChunkBytes: 512 * KiB,
  tempAgeMs: 24 * HOUR,
  /** Leftovers of rest-server and of restic's local backend, which may be at work on the same tree. */
  foreignTempAgeMs: 7 * 24 * HOUR,
  sweepEveryMs: 1 * HOUR,

  // Removal
  /** What was removed is not erased before this, for no reason; only the operator may. */
  trashHoldAgeMs: 72 * HOUR,
  /** ... and stays until this while there is room. Between the two the oldest goes when an upload would be refused. */
  trashKeepAgeMs: 7 * 24 * HOUR,
  /** How long an upload may wait for room to be made in the trash. */
  trashMakeRoomMs: 10 * SECOND,
  /** The longest clean-up window. */
  cleanupWindowMs: 24 * HOUR,
  /** How often the hub notes how long it has run. */
  runningCountMs: 5 * MINUTE,

  // Database
  databaseBusyMs: 10 * SECOND,
  databaseQueue: 10_000,
  /** A write or list that has not begun after this long is withdrawn; no statement on PostgreSQL takes longer. */
  databaseWaitMs: 30 * SECOND,
  postgresConnections: 10,

  // Timeline
  /** What has happened and is not yet written; the newest lines are left out when there is more. */
  timelineQueue: 10_000,
  timelineDelayMs: 200,
  /** How far it is with what is under way is written this often at most. */
  timelineReportMs: 1 * SECOND,
  /** A process that has not said for this long that it lives is taken for dead, and what it was doing for interrupted. */
  timelineLeaseMs: 90 * SECOND,
  /** Lines are trimmed after this; changes of settings are kept ten times as long. */
  operationAgeMs: 400 * 24 * HOUR,
  /** ... and when there are more than this, the oldest first, evidence and changes of settings last. */
  operationRows: 2_000_000,
  /** Visitors at work in a repository that are followed at once. */
  activitySessions: 10_000,
  /** A client that holds a lock, or has sent packs and no snapshot, is given up after this. restic renews its lock every 5 minutes. */
  activitySilenceMs: 30 * MINUTE,
  /** Without a lock, what a client did has ended when nothing more has come for this long. */
  activityQuietMs: 1 * MINUTE,
  /** A lock of this age that nobody has taken away is told of: restic takes it for stale, too. */
  lockStaleMs: 30 * MINUTE,

  // Metrics
  /** Logins, repositories and types that are counted apart; more are counted together. */
  metricSeries: 10_000,
  /** Prometheus gives up after 10 s unless it is told otherwise. */
  metricsDeadlineMs: 8 * SECOND,
  /** Repositories with locks whose folder is looked at for the oldest, each time the figures are asked for. */
  metricLockLooks: 500,

  // Quotas
  /** What was stored and taken away is written down this often; a crash loses no more, and the count that follows it finds that again. */
  quotaFlushMs: 500,
  /** What one account may have announced to one process under a hard quota and not sent yet: announced bytes are not there for others. */
  reservedBytesPerAccount: 2 * GiB,
  /** How long an upload waits for other processes to hand back what they have drawn and do not use, before it is refused. */
  quotaHandBackMs: 2 * SECOND,
  /** How long an upload waits for the first count of a repository under a quota, before it is told to come later. */
  quotaCountWaitMs: 30 * SECOND,
  /** A process that has shown no sign of life for this long is taken for dead. */
  quotaLeaseMs: 1 * MINUTE,
  /** Each repository is counted again after this. */
  recountEveryMs: 24 * HOUR,

  // Due work
  /** How often each process looks for work that is due; what it schedules itself it sees at once. */
  jobLookMs: 5 * SECOND,
  /** How many pieces of one lane each process runs at once. */
  jobsPerLane: 2,
  /** A run that takes longer is told to stop, and counts as failed. */
  jobDeadlineMs: 15 * MINUTE,
  /** The pause after a failure: the first, doubled each time, and the longest. */
  jobRetryMs: 10 * SECOND,
  jobRetryMostMs: 6 * HOUR,
  /** A process that has shown no sign of life for this long is taken for dead, and others do its work. */
  jobLeaseMs: 1 * MINUTE,
  /** How long a process that ends waits for its runs. */
  jobStopMs: 10 * SECOND,

  // Ways out
  /** One call of another service, all of it; and its parts. */
  outgoingDeadlineMs: 30 * SECOND,
  outgoingResolveMs: 5 * SECOND,
  outgoingConnectMs: 10 * SECOND,
  /** Until the headers of an answer are there, counted from the last byte sent or, by mail, from the last word of the server. */
  outgoingAnswerMs: 15 * SECOND,
  /** Of an answer no more than this is read. */
  outgoingAnswerBytes: 64 * KiB,
  /** Longest pause that a receiver may ask for before the next try. */
  outgoingPauseMs: 1 * HOUR,

  // The hub
  shutdownMs: 60 * SECOND,
  /** How long a worker that has been replaced may go on with the requests it has. */
  workerRetireMs: 2 * HOUR,
  /** A worker is asked every second whether it is there. One that has not answered for so long hangs, and is replaced. */
  workerSilenceMs: 20 * SECOND,
  /** A new worker that is not ready after this is given up. */
  workerStartMs: 1 * MINUTE,
  /** One that dies sooner than this after its start is followed by the next only after a pause, longer each time, up to this. */
  workerPauseMs: 30 * SECOND,
  /** What the processes of one hub tell each other goes together this often; what they ask each other is answered within the other. */
  workerTellMs: 100,
  workerAnswerMs: 5 * SECOND,
  certificateCheckMs: 5 * SECOND,

  // Alarms and the notices that tell of them
  /** A cause has to stay away this long until people hear that it is gone; twice as long each time it comes back, up to the other. */
  alarmSettleMs: 5 * MINUTE,
  alarmLongestSettleMs: 6 * HOUR,
  /** Alarms that are over are kept for so long. */
  alarmAgeMs: 400 * 24 * HOUR,
  /** A notice that a channel does not take is tried again after the first pause, twice as long each time up to the second; in all for half a day. */
  noticePauseMs: 30 * SECOND,
  noticeLongestPauseMs: 2 * HOUR,
  noticeTries: 14,
  noticeTimeoutMs: 30 * SECOND,
  /** More alarms than this are told in one summary. */
  noticesPerHour: 20,
  /** The log of deliveries is kept for so long, and has no more lines. */
  noticeAgeMs: 90 * 24 * HOUR,
  noticeRows: 20_000,
};

export type Limits = Readonly<typeof DEFAULT_LIMITS>;
