/** The console shows graphs of graphite where there is one, and lets the browser get them. */
import { equal, match, ok } from "../harness/assert.ts";
import { browserSuite } from "./browser.ts";

/** Nobody listens there: what matters is what the browser asks for. */
const GRAPHITE = "http://127.0.0.1:9";

const flags = [
  `--graphite-url=${GRAPHITE}`,
  "--statsd-prefix=prod.%s",
  "--statsd-interval=10s",
];

browserSuite({ nodes: 1, flags }, (test) => {
  test("console asks graphite for a channel's graphs, by the names that statsd has", async (stage) => {
    await stage.nsqds[0]!.create("orders", "archive");
    await stage.visit("/topics/orders/archive", async (page) => {
      const graph = page.getByAltText("Graph of Depth, last 2h");
      await graph.scrollIntoViewIfNeeded();
      const asked = (await graph.getAttribute("src"))!;
      ok(asked.startsWith(GRAPHITE), asked);
      const query = new URL(asked).searchParams;
      equal(
        query.get("target"),
        'summarize(sumSeries(stats.gauges.prod.*.topic.orders.channel.archive.depth),"10sec","avg")',
      );
      equal(query.get("from"), "-2h");
      await page.getByRole("combobox", { name: /^Last/ }).selectOption("24h");
      ok((await page.getByAltText("Graph of Messages, last 24h").getAttribute("src"))!.includes(
        "stats.counters.prod.",
      ));
    });
  });

  test("console's policy lets images come from graphite, and nothing else", async (stage) => {
    const response = await stage.admin.http("/");
    await response.body?.cancel();
    const policy = response.headers.get("content-security-policy") ?? "";
    match(policy, new RegExp(`img-src 'self' ${GRAPHITE};`));
    equal(policy.split(GRAPHITE).length, 2);
  });
});
