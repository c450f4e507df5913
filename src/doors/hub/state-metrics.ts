import type { Figures, RepositoryFigures } from "#domain/quotas/figures.ts";
import { productVersion } from "#lib/product-version.ts";
import { OBJECT_TYPES } from "#model/repository.ts";
import { gaugeText, type Sample } from "./gauge-text.ts";
import { repositoryLabel } from "./traffic-metrics.ts";

const VERSION = productVersion();

/** What is kept here as gauges (spec/restic-rest.md section 5 row 5); repositories are labelled as in rest-server's counters. */
export function* stateMetrics(figures: Figures): Generator<string, void, undefined> {
  const { hub, freeBytes, accounts, repositories, leftOut } = figures;
  yield* gaugeText("hub_build_info", "Which version runs", [[{ version: VERSION }, 1]]);
  yield* gaugeText("hub_free_bytes", "Free space on the disk of the backups", [[{}, freeBytes]]);
  yield* gaugeText("hub_trash_bytes", "What was removed and can still come back", [[{}, hub.trashBytes]]);
  yield* gaugeText("hub_used_bytes", "What counts against the quota of the hub, or of an account", [
    [{ scope: "hub", account: "" }, hub.usedBytes],
    ...accounts.map(({ name, usedBytes }): Sample => [{ scope: "account", account: name }, usedBytes]),
  ]);
  yield* gaugeText("hub_quota_bytes", "Hard quota of the hub, or of an account; left out without one", [
    ...sampleOf({ scope: "hub", account: "" }, hub.hardBytes),
    ...accounts.flatMap(({ name, hardBytes }) => sampleOf({ scope: "account", account: name }, hardBytes)),
  ]);
  const of = (name: string, help: string, value: (repository: RepositoryFigures) => number | undefined) =>
    gaugeText(name, help, samplesOf(repositories, value));
  yield* of("hub_repo_last_snapshot_timestamp", "When the last snapshot arrived, in seconds since 1970", ({ lastSnapshotAtMs }) =>
    lastSnapshotAtMs === undefined ? undefined : lastSnapshotAtMs / 1000,
  );
  yield* of("hub_repo_bytes", "All objects but locks; left out until it was counted", ({ sizeBytes }) => sizeBytes);
  yield* gaugeText("hub_repo_objects", "Objects; left out until it was counted", objectSamples(repositories));
  yield* of("hub_repo_quota_bytes", "Its own hard quota; left out without one", ({ hardBytes }) => hardBytes);
  yield* of("hub_repo_locks", "Locks of clients", ({ locks }) => locks);
  yield* of("hub_repo_oldest_lock_seconds", "Age of the oldest lock; left out without any", ({ oldestLockMs }) =>
    oldestLockMs === undefined ? undefined : oldestLockMs / 1000,
  );
  yield* gaugeText(
    "hub_metrics_left_out",
    "What there are too many of to be told of each",
    Object.entries(leftOut).map(([what, count]): Sample => [{ what }, count]),
  );
}

function sampleOf(labels: Sample[0], value: number | undefined): Sample[] {
  return value === undefined ? [] : [[labels, value]];
}

function* samplesOf(
  repositories: readonly RepositoryFigures[],
  value: (repository: RepositoryFigures) => number | undefined,
): Generator<Sample, void, undefined> {
  for (const repository of repositories) yield* sampleOf({ repo: repositoryLabel(repository.path) }, value(repository));
}

function* objectSamples(repositories: readonly RepositoryFigures[]): Generator<Sample, void, undefined> {
  for (const { path, counts } of repositories) {
    for (const [index, count] of counts?.entries() ?? []) yield [{ repo: repositoryLabel(path), type: OBJECT_TYPES[index] ?? "" }, count];
  }
}
