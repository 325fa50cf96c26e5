/** Which test files run at the same time as others. */
import { join } from "node:path";

/**
 * These stand no neighbours: they hold what a program does against a clock or a figure of memory more closely than a busy machine
 * allows.
 */
export const ALONE: readonly string[] = [
  "lib/net/acceptor_test.ts", // pauses of 50 ms and none
  "lib/net/dial_test.ts", // who answers first
  "lib/go/pattern_length_test.ts", // linear time
  "lib/policies/glob_test.ts", // linear time
  "lookupd/http/scale_test.ts", // queries, within 250 ms
  "tests/client/consumer_restart_test.ts", // how soon a consumer is back
  "tests/discovery/outage_test.ts", // how long a publisher waits
  "tests/disk/sync_bound_test.ts", // who waits for a disk that strace slows down
  "tests/http/slow_bodies_test.ts", // memory, which depends on how soon garbage is collected
  "tests/life/resets_test.ts", // how long a good client waits
  "tests/policies/backoff_test.ts", // waiting times
  "tests/policies/dry_run_test.ts", // ages of a second
  "tests/policies/kick_test.ts", // an answer that does not wait
  "tests/semantics/client_health_test.ts", // heartbeats, within 700 ms
  "tests/semantics/delivery_test.ts", // latencies
  "tests/semantics/retry_test.ts", // timeouts and deferrals, within 700 ms
  "tests/terminal/examples_test.ts", // messages that must not become a minute old
  "tests/terminal/completion_test.ts", // what a cluster answers to somebody who has pressed Tab
];

/** The paths of the test files of a tree, in two groups. */
export interface TestGroups {
  /** In the order in which they should start: what takes long comes first, so that nobody waits for it at the end. */
  readonly sideBySide: readonly string[];
  readonly alone: readonly string[];
}

/** @param chosen absolute paths of the files, and of the folders whose files, are meant; none: all */
export function groupsOf(root: string, chosen: readonly string[] = []): TestGroups {
  const isChosen = (path: string) =>
    chosen.length === 0 || chosen.some((each) => path === each || path.startsWith(`${each}/`));
  const files = testFilesIn(root).filter(isChosen);
  const aloneFiles = new Set(ALONE.map((path) => join(root, path)));
  const unit = join(root, "lib") + "/";
  return {
    sideBySide: files.filter((path) => !aloneFiles.has(path))
      .sort((a, b) => Number(a.startsWith(unit)) - Number(b.startsWith(unit))),
    alone: files.filter((path) => aloneFiles.has(path)),
  };
}

/** Folders in which nothing is ours, beside those whose names begin with a dot. */
const SKIPPED = ["dist", "node_modules"];

function testFilesIn(folder: string): string[] {
  const entries = Array.from(Deno.readDirSync(folder)).sort((a, b) => a.name < b.name ? -1 : 1);
  return entries.flatMap(({ name, isFile, isDirectory }) => {
    if (isDirectory && !name.startsWith(".") && !SKIPPED.includes(name)) {
      return testFilesIn(join(folder, name));
    }
    return isFile && /_test\.tsx?$/.test(name) ? [join(folder, name)] : [];
  });
}
