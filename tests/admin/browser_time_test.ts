/** What the console knows of the past, and how it says which cluster this is. */
import type { Page } from "playwright-core";
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import { Client } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { browserSuite, expectAccessible, SHOW_DEADLINE_MS } from "./browser.ts";

/** Answers every query over a span of time with 7, for each step of it. */
const prometheus = { asked: [] as string[], isDown: false };
const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, ({ url }) => {
  const { searchParams } = new URL(url);
  prometheus.asked.push(searchParams.get("query") ?? "");
  if (prometheus.isDown) return new Response("down", { status: 503 });
  const [start, end, step] = ["start", "end", "step"].map((name) => Number(searchParams.get(name)));
  const values = [];
  for (let at = start!; at <= end!; at += step!) values.push([at, "7"]);
  return Response.json({ status: "success", data: { result: [{ metric: {}, values }] } });
});
Deno.test.afterAll(() => server.shutdown());

const settings = {
  nodes: 1,
  flags: [
    "--cluster-name=payments & more",
    "--environment-colour=red",
    "--admin-user=alice",
    `--prometheus-url=http://127.0.0.1:${server.addr.port}`,
  ],
};

/** What the chart of that title says, for those who do not see it. */
async function chart(page: Page, title: string): Promise<string> {
  const figure = page.locator("figure", { hasText: title });
  return await figure.getByRole("img").getAttribute("aria-label") ?? "";
}

browserSuite(settings, (test) => {
  test("console shows all rates of a channel in one chart, and how old its oldest message may be", async (stage) => {
    const [nsqd] = stage.nsqds;
    await nsqd!.create("flow", "worker");
    const client = await Client.connect(nsqd!.tcpPort);
    try {
      await client.identify({});
      await client.subscribe("flow", "worker");
      await client.ready(5);
      await stage.visit("/topics/flow/worker", async (page) => {
        await page.locator(".legend").first().waitFor();
        for (let at = 0; at < 20; at++) await nsqd!.post("/pub?topic=flow", `${at}`);
        for (let at = 0; at < 10; at++) {
          const { id } = await client.nextMessage();
          if (at < 8) await client.finish(id);
          else await client.send(`REQ ${id} 0\n`);
        }
        const some = String.raw`at most (?!0/s)[\d.]+/s; `;
        const flows =
          `came in: .* ${some}delivered: .* ${some}finished: .* ${some}requeued: .* ${some}`;
        await eventually(
          async () => match(await chart(page, "Rates"), new RegExp(flows + "timed out: now 0/s")),
          SHOW_DEADLINE_MS,
        );
        await expectAccessible(page);
        await nsqd!.post("/pub?topic=flow", "waits");
        await client.ready(0);
        await nsqd!.post("/mpub?topic=flow", "1\n2\n3\n4\n5\n6\n7\n8\n9");
        await page.getByText(/oldest waiting message has waited [≈>]? ?\d+/).waitFor();
      });
    } finally {
      client.close();
    }
  });

  test("console's chart begins where something is known, not with an empty quarter of an hour", async (stage) => {
    await stage.visit("/", async (page) => {
      await page.getByText(/known since \d\d:\d\d:\d\d/).waitFor();
      await eventually(async () => match(await chart(page, "Depth"), /^Depth: now \d/));
    });
  });

  test("console keeps the span that was chosen, and has long ones from Prometheus", async (stage) => {
    await stage.visit("/", async (page) => {
      await page.getByRole("button", { name: "24 h", exact: true }).click();
      await eventually(async () =>
        match(await chart(page, "Rates"), /published: now 7\.0\/s, at most 7\.0/)
      );
      ok(prometheus.asked.some((query) => /nsqd_topic_messages_total/.test(query)));
      await page.goto(`${stage.admin.url}/topics/flow/worker`);
      await eventually(async () => match(await chart(page, "Depth"), /now 7, at most 7/));
      equal(
        await page.getByRole("button", { name: "24 h", exact: true }).getAttribute("aria-pressed"),
        "true",
      );
      ok(prometheus.asked.some((query) => /topic="flow",channel="worker"/.test(query)));

      prometheus.isDown = true;
      await page.getByRole("button", { name: "6 h", exact: true }).click();
      await page.getByText(/Prometheus: .*This is what the console has kept itself/).waitFor();
      await eventually(async () => match(await chart(page, "Depth"), /now \d+, at most/));
      prometheus.isDown = false;
    });
  });

  test("console says which cluster it shows, and to whom it only shows it", async (stage) => {
    await stage.visit("/nodes", async (page) => {
      await page.getByRole("heading", { level: 1, name: "Nodes" }).waitFor();
      equal(await page.title(), "Nodes · payments & more · NSQ");
      const header = page.locator("header");
      deepEqual(await header.getByText("payments & more").count(), 1);
      await header.getByText("Read-only").waitFor();
      equal(
        await header.evaluate((element) => getComputedStyle(element).borderTopColor),
        "rgb(217, 45, 32)",
      );
      await expectAccessible(page);
    });
  });
});
