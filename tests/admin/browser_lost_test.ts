/** The console when daemons are gone, under a base path, and for one who may not change things. */
import { equal, match, ok } from "../harness/assert.ts";
import { browserSuite, cell, expectAccessible, row } from "./browser.ts";

const settings = { nodes: 3, basePath: "/tools/nsq", flags: ["--admin-user=alice"] };

browserSuite(settings, (test) => {
  test("console under a base path has its links below it", async (stage) => {
    for (const nsqd of stage.nsqds) await nsqd.create("orders", "archive");
    await stage.visit("/", async (page) => {
      await row(page, "orders").getByRole("link").click();
      await page.getByRole("heading", { level: 1, name: "orders" }).waitFor();
      equal(new URL(page.url()).pathname, "/tools/nsq/topics/orders");
      await page.reload();
      await page.getByRole("link", { name: "Streams" }).first().click();
      await page.getByRole("heading", { level: 1, name: "Streams" }).waitFor();
    });
  });

  test("console offers no action to one who may do none", async (stage) => {
    await stage.visit("/topics/orders/archive", async (page) => {
      await page.getByRole("table").first().waitFor();
      equal(await page.getByRole("button", { name: "Delete" }).count(), 0);
      equal(await page.getByRole("button", { name: "Start live tail" }).count(), 0);
    });
    const path = "/tools/nsq/api/console/topics/orders/publish";
    const refused = await stage.admin.http(path, { method: "POST", body: `{"body":"x"}` });
    equal(refused.status, 403);
    await refused.body?.cancel();
  });

  test("console shows a node that hangs as lost, and the figures of the others", async (stage) => {
    const [hung] = stage.nsqds;
    Deno.kill(hung!.pid, "SIGSTOP");
    try {
      await stage.visit("/", async (page) => {
        await page.getByText("Node does not answer").waitFor();
        await page.getByText("did not answer: what follows lacks its figures").waitFor();
        match(await page.locator(".totals").innerText(), /nodes lost, of 3\s*1/);
        ok(await row(page, "orders").isVisible());
        await expectAccessible(page);
      });
      await stage.visit("/nodes", async (page) => {
        await row(page, stage.nodeName(0)).getByText("lost").waitFor();
      });
    } finally {
      Deno.kill(hung!.pid, "SIGCONT");
    }
  });

  test("console remembers a node that died", async (stage) => {
    await stage.nsqds[2]!.kill();
    await stage.visit("/nodes", async (page) => {
      await row(page, stage.nodeName(2)).getByText("lost").waitFor();
      equal(await cell(page, stage.nodeName(2), "Depth"), "–");
      await expectAccessible(page);
      await page.goto(stage.admin.url + "/topics/orders");
      await page.getByRole("table", { name: "Nodes of orders" }).waitFor();
      await page.goto(`${stage.admin.url}/nodes/${stage.nodeName(2)}`);
      await page.getByText("lost").waitFor();
    });
  });

  test("console says so when it cannot be reached itself, and keeps what it has", async (stage) => {
    await stage.visit("/", async (page) => {
      await row(page, "orders").waitFor();
      await page.route("**/api/console/**", (route) => route.abort());
      await page.getByRole("alert").getByText("No new figures").waitFor();
      ok(await row(page, "orders").isVisible());
    });
  });
});
