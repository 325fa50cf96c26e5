/** docs/operations.md lists every figure of `/metrics`, as it is. */
import { deepEqual, ok } from "../harness/assert.ts";
import { projectFolder } from "../harness/mod.ts";
import { type Family, type Job, WatchedCluster } from "./watched_cluster.ts";

const PAGE = Deno.readTextFileSync(`${projectFolder}/docs/operations.md`);

/** The rows of the table below a heading: `name | labels | unit | meaning`. */
function documented(heading: string): string[] {
  const [, section = ""] = PAGE.split(`\n### ${heading}\n`);
  const rows = section.split(/\n##+ /)[0]!.split("\n").filter((line) => line.startsWith("| `"));
  return rows.map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim()).join(" | "))
    .sort();
}

/** The same of what a daemon tells. */
function told(families: Family[], prefix: RegExp): string[] {
  return families.filter(({ name }) => prefix.test(name)).map(rowOf).sort();
}

function rowOf({ name, help, metrics }: Family): string {
  ok(metrics.length > 0, `${name} has no figure here: the test has to bring one about`);
  const labels = Object.keys(metrics[0]!.labels ?? {}).map((label) => `\`${label}\``).join(", ");
  return [`\`${name}\``, labels, unitOf(name), help].join(" | ");
}

/** What a name says of its unit. */
function unitOf(name: string): string {
  const unit = /_(bytes|seconds|ratio)(_total)?$/.exec(name)?.[1] ?? "";
  return name.endsWith("_total") ? `${unit} counted up`.trim() : unit;
}

const PROCESS = /^(nsq|process)_/;

Deno.test("docs/operations.md lists every figure of /metrics, with its labels, unit and meaning", async () => {
  await using cluster = await WatchedCluster.start();
  const families = {} as Record<Job, Family[]>;
  for (const job of ["nsqd", "nsqlookupd", "nsqadmin"] as const) {
    families[job] = await cluster.scrape(job);
  }
  const common = documented("Of every daemon");
  deepEqual(common, told(families.nsqd, PROCESS));
  deepEqual(documented("Of a broker"), told(families.nsqd, /^nsqd_/));
  deepEqual(documented("Of a lookupd"), told(families.nsqlookupd, /^nsqlookupd_/));
  deepEqual(documented("Of the console"), told(families.nsqadmin, /^nsqadmin_/));
  for (const job of ["nsqlookupd", "nsqadmin"] as const) { // fewer where they may start no shell
    for (const row of told(families[job], PROCESS)) ok(common.includes(row), `${job}: ${row}`);
  }
});
