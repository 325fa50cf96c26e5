/** Which test files run at the same time as others. */
import { join } from "node:path";

/**
 * Files that take long: `deno test` starts files by their folders, those with the longest paths first, whatever the order of its arguments, so that
 * some of them would come last, or all that mostly wait at once. They have a run of their own, at the same time as the other files; all in a browser
 * are among them.
 */
const LONG = /^tests\/(admin\/browser_|interop\/(?!matrix_)|life\/(limits|reload)_)/;

/**
 * These hold what a program does against a clock more closely than a busy machine allows, and do little but wait: a few of them at a time
 * leave the machine at rest.
 */
export const QUIET: readonly string[] = [
  "tests/client/consumer_restart_test.ts", // how soon a consumer is back
  "tests/discovery/outage_test.ts", // how long a publisher waits
  "tests/disk/sync_bound_test.ts", // who waits for a disk that strace slows down
  "tests/policies/backoff_test.ts", // waiting times
  "tests/policies/consumers_rules_test.ts", // channels that are gone after 400 ms
  "tests/policies/dry_run_test.ts", // ages of a second
  "tests/semantics/client_health_test.ts", // heartbeats, within 700 ms
  "tests/semantics/retry_test.ts", // timeouts and deferrals, within 700 ms
  "tests/terminal/examples_test.ts", // messages that must not become a minute old
  "tests/terminal/completion_test.ts", // what a cluster answers to somebody who has pressed Tab
];

/** These stand no neighbours: a figure of milliseconds or of memory, or work enough to be somebody else's neighbour. */
export const ALONE: readonly string[] = [
  "lib/net/acceptor_test.ts", // pauses of 50 ms and none
  "lib/net/dial_test.ts", // who answers first
  "lib/go/pattern_length_test.ts", // linear time
  "lib/policies/glob_test.ts", // linear time
  "lookupd/http/scale_test.ts", // queries, within 250 ms
  "tests/http/slow_bodies_test.ts", // memory, which depends on how soon garbage is collected
  "tests/life/resets_test.ts", // how long a good client waits
  "tests/policies/kick_test.ts", // an answer that does not wait
  "tests/semantics/delivery_test.ts", // latencies
];

/** The paths of the test files of a tree, in groups: the first two run at the same time, the others one after the other. */
export interface TestGroups {
  readonly sideBySide: readonly string[];
  readonly long: readonly string[];
  readonly quiet: readonly string[];
  readonly alone: readonly string[];
}

/** @param chosen absolute paths of the files, and of the folders whose files, are meant; none: all */
export function groupsOf(root: string, chosen: readonly string[] = []): TestGroups {
  const isChosen = (path: string) =>
    chosen.length === 0 || chosen.some((each) => path === each || path.startsWith(`${each}/`));
  const groupOf = (path: string): keyof TestGroups => {
    const name = path.slice(root.length + 1);
    if (ALONE.includes(name)) return "alone";
    if (QUIET.includes(name)) return "quiet";
    return LONG.test(name) ? "long" : "sideBySide";
  };
  const files = Map.groupBy(testFilesIn(root).filter(isChosen), groupOf);
  const group = (name: keyof TestGroups) => files.get(name) ?? [];
  return {
    sideBySide: group("sideBySide"),
    long: group("long"),
    quiet: group("quiet"),
    alone: group("alone"),
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
