/** The console when daemons are gone, under a base path, and for one who may not change things. */
import { eventually } from "../harness/eventually.ts";
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
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
        await eventually(async () =>
          match(await page.locator(".totals").innerText(), /nodes lost, of 3\s*1/)
        );
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
      await eventually(async () => equal(await cell(page, stage.nodeName(2), "Depth"), "0"));
      await row(page, stage.nodeName(2)).getByText(/figures of \d\d:\d\d:\d\d/).waitFor();
      await expectAccessible(page);
      await page.goto(stage.admin.url + "/topics/orders");
      await page.getByRole("table", { name: "Nodes of orders" }).waitFor();
      await page.goto(`${stage.admin.url}/nodes/${stage.nodeName(2)}`);
      await page.getByText("What follows is what it said at").waitFor();
    });
  });

  test("console says so when it cannot be reached itself, and keeps what it has", async (stage) => {
    await stage.visit("/", async (page) => {
      await row(page, "orders").waitFor();
      await page.route("**/api/console/**", (route) => route.abort());
      await page.getByRole("alert").getByText("No new figures").waitFor();
      ok(await row(page, "orders").isVisible());
      await page.getByRole("button", { name: /Stale, \d+ s old/ }).waitFor();
      equal(await page.getByRole("button", { name: /Live/ }).count(), 0);
      equal(await page.getByText("Failed to fetch").count(), 0);
      await page.unroute("**/api/console/**");
      await page.getByRole("button", { name: /Live/ }).waitFor();
      equal(await page.getByRole("alert").count(), 0);
    });
  });

  test("console behind a proxy that hangs calls its figures stale before it gives up", async (stage) => {
    await stage.visit("/", async (page) => {
      await page.clock.install();
      await page.reload();
      await page.getByRole("button", { name: /Live/ }).waitFor();
      await page.route("**/api/console/**", () => {}); // asked, and never answered
      await page.clock.fastForward(16_000);
      await page.getByRole("button", { name: /Stale, \d+ s old/ }).waitFor();
      ok(await row(page, "orders").isVisible());
    });
  });

  test("console behind a slow proxy counts the time that an answer took as its age", async (stage) => {
    await stage.visit("/", async (page) => {
      await page.clock.install();
      await page.reload();
      await page.getByRole("button", { name: /Live/ }).waitFor();
      let isSlow = true;
      const { promise: onTheWay, resolve: isOnTheWay } = Promise.withResolvers<() => void>();
      await page.route("**/api/console/**", async (route) => {
        if (!isSlow) return await route.continue();
        const response = await route.fetch({ headers: { "if-none-match": "" } });
        isOnTheWay(() => route.fulfill({ response }));
      });
      await page.clock.fastForward(5_000);
      const arrive = await onTheWay;
      await page.clock.fastForward(17_000);
      isSlow = false;
      arrive();
      await page.getByRole("button", { name: /Stale, (1[7-9]|2\d) s old/ }).waitFor();
      equal(await page.locator(".old-figures").count(), 1);
      await eventually(async () =>
        match(await page.locator("figure").last().innerText(), /not known now, \d+ at \d\d:/)
      );
      await page.clock.fastForward(6_000);
      await page.getByRole("button", { name: /Live/ }).waitFor();
      await eventually(async () =>
        match(await page.locator("figure").last().innerText(), /now \d+/)
      );
    });
  });

  test("console has a page for an address that is none, for people; scripts get JSON", async (stage) => {
    await stage.visit("/topcis/orders", async (page) => {
      await page.getByRole("heading", { level: 1, name: "There is no such page" }).waitFor();
      await page.getByText("/tools/nsq/topcis/orders is no address").waitFor();
      equal(await page.getByRole("button", { name: /Live/ }).count(), 0);
      await expectAccessible(page);
      await page.getByRole("link", { name: "Streams" }).last().click();
      await row(page, "orders").waitFor();
    });
    const asked = async (path: string, accept: string) => {
      const { status, headers, body } = await stage.admin.http(path, { headers: { accept } });
      await body?.cancel();
      return [status, headers.get("content-type")?.split(";")[0]];
    };
    const browser = "text/html,application/xhtml+xml,*/*;q=0.8";
    deepEqual(await asked("/tools/nsq/nothing", browser), [404, "text/html"]);
    deepEqual(await asked("/elsewhere", browser), [404, "text/html"]);
    deepEqual(await asked("/tools/nsq/nothing", "*/*"), [404, "application/json"]);
    deepEqual(await asked("/tools/nsq/api/nothing", browser), [404, "application/json"]);
  });
});
