/** The alerts and the dashboard: what they name is there, and a real Prometheus can make something of it. */
import { join } from "node:path";
import { deepEqual, equal, ok } from "../harness/assert.ts";
import { Daemon, eventually, projectFolder, TemporaryDirectory } from "../harness/mod.ts";
import { lacking } from "../harness/required.ts";
import { WatchedCluster } from "../metrics/watched_cluster.ts";

const FOLDER = join(projectFolder, "scripts/deploy");
const ALERTS = join(FOLDER, "prometheus/alerts.yaml");

/** Names of figures as they stand in expressions of PromQL. */
const FIGURES = /\b(?:nsq|nsqd|nsqlookupd|nsqadmin|process)_[a-z0-9_]+\b/g;

interface Panel {
  title: string;
  type: string;
  targets?: { expr: string }[];
}

const DASHBOARD: { panels: Panel[]; templating: { list: { definition?: string }[] } } = JSON.parse(
  Deno.readTextFileSync(join(FOLDER, "grafana/nsq.json")),
);

/** The dashboard's expressions with what Grafana would put in for its variables, by the panel. */
const EXPRESSIONS = DASHBOARD.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => ({
    title,
    expr: expr.replaceAll("$__rate_interval", "10s").replaceAll(
      /\$(instance|topic|channel)\b/g,
      ".*",
    ),
  }))
);

/** Runs promtool to its end. Null where there is none. */
async function promtool(...args: string[]): Promise<string | null> {
  try {
    const command = new Deno.Command("promtool", { args, cwd: join(FOLDER, "prometheus") });
    const { code, stdout, stderr } = await command.output();
    const decoder = new TextDecoder();
    const text = decoder.decode(stdout) + decoder.decode(stderr);
    equal(code, 0, text);
    return text;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return lacking("promtool is missing (Debian's package prometheus)") ?? null;
  }
}

Deno.test("promtool finds the alerts well, each heard when it has to be and not otherwise", async () => {
  const checked = await promtool("check", "rules", ALERTS);
  await promtool("check", "config", "prometheus.yaml");
  await promtool("test", "rules", "alerts_test.yaml");
  const alerts = [...Deno.readTextFileSync(ALERTS).matchAll(/- alert: (\w+)/g)].map(([, name]) =>
    name!
  );
  ok(checked === null || checked.includes(`${alerts.length} rules found`), checked ?? "");
  const tests = Deno.readTextFileSync(join(FOLDER, "prometheus/alerts_test.yaml"));
  for (const name of alerts) {
    ok(tests.includes(`name: ${name} is heard`), `${name} has no test`);
    ok(tests.includes(`name: ${name} is not heard`), `${name} has no test for when all is well`);
  }
});

Deno.test("alerts and dashboard name figures that there are", async () => {
  await using cluster = await WatchedCluster.start();
  const told = new Set<string>();
  for (const job of ["nsqd", "nsqlookupd", "nsqadmin"] as const) {
    for (const { name } of await cluster.scrape(job)) told.add(name);
  }
  const variables = DASHBOARD.templating.list.map(({ definition = "" }) => definition);
  const texts = [
    ...Deno.readTextFileSync(ALERTS).matchAll(/expr: (?:>-\n)?((?:.|\n)*?)\n +(?:for|labels):/g),
  ].map(([, expr]) => expr!);
  const used = [...texts, ...EXPRESSIONS.map(({ expr }) => expr), ...variables]
    .flatMap((text) => text.match(FIGURES) ?? []);
  ok(used.length > 60);
  deepEqual([...new Set(used)].filter((name) => !told.has(name)), []);
});

/** A Prometheus that scrapes the cluster often. Null where there is none. */
async function startPrometheus(folder: string, cluster: WatchedCluster): Promise<Daemon | null> {
  const jobs = Object.entries(cluster.targets()).map(([job_name, target]) => ({
    job_name,
    static_configs: [{ targets: [target] }],
  }));
  const config = join(folder, "prometheus.yml"); // JSON is YAML
  const global = {
    scrape_interval: "500ms",
    scrape_timeout: "500ms",
    evaluation_interval: "500ms",
  };
  await Deno.writeTextFile(
    config,
    JSON.stringify({ global, rule_files: [ALERTS], scrape_configs: jobs }),
  );
  const flags = [`--config.file=${config}`, `--storage.tsdb.path=${join(folder, "tsdb")}`];
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command("prometheus", {
      args: [...flags, "--web.listen-address=127.0.0.1:0"],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return lacking("prometheus is missing (Debian's package of that name)") ?? null;
  }
  const prometheus = new Daemon("prometheus", child);
  const line = await prometheus.waitForLog(/msg="?Listening on"? address=127\.0\.0\.1:\d+/);
  prometheus.httpPort = Number(/address=127\.0\.0\.1:(\d+)/.exec(line)![1]);
  return prometheus;
}

Deno.test("a Prometheus that scrapes the daemons has something to show in every panel, and can tell of every alert", async () => {
  using folder = new TemporaryDirectory();
  await using cluster = await WatchedCluster.start();
  await using prometheus = await startPrometheus(folder.path, cluster);
  if (prometheus === null) return;
  await eventually(async () => {
    await cluster.work();
    for (const { title, expr } of EXPRESSIONS) {
      const answer = await prometheus.http(`/api/v1/query?${new URLSearchParams({ query: expr })}`);
      const { status, error, data } = await answer.json();
      equal(status, "success", `${title}: ${error}`);
      ok(data.result.length > 0, `${title} is empty: ${expr}`);
    }
  });
  await eventually(async () => {
    const { data } = await (await prometheus.http("/api/v1/rules")).json();
    // deno-lint-ignore no-explicit-any
    const rules: any[] = data.groups.flatMap((group: any) => group.rules);
    ok(rules.length > 20);
    deepEqual(
      rules.filter(({ health }) => health !== "ok").map(({ name, lastError }) => [name, lastError]),
      [],
    );
  });
});
