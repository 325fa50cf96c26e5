/** Every page of the console shows what the daemons say, in Chromium. */
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import { Client } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import {
  browserSuite,
  cell,
  expectAccessible,
  expectNoSidewaysScroll,
  expectNothingCutOff,
  row,
  SHOW_DEADLINE_MS,
  type Stage,
} from "./browser.ts";

/** 390, 768 and 1920 are dark, 1280 is light: those that 3 divides are dark. */
const WIDTHS = [1920, 1280, 768, 390];

/** As long as a name can be. */
const LONG = "a-name-that-is-as-long-as-any-can-be-".padEnd(64, "0123456789");

const NASTY = `<img src=x onerror="document.title='owned'">`;

/** Every kind of page, about things that {@link fill} makes. */
function pagesOf(stage: Stage): [path: string, heading: string][] {
  return [
    ["/", "Streams"],
    ["/topics/orders", "orders"],
    ["/topics/orders/archive", "archive"],
    ["/nodes", "Nodes"],
    [`/nodes/${stage.nodeName()}`, stage.nodeName()],
    ["/counter", "Counter"],
    ["/lookup", "Lookup"],
    ["/policies", "Policies"],
    [`/topics/${LONG}`, LONG],
    [`/topics/${LONG}/${LONG}`, LONG],
  ];
}

/** Topics and messages, and one consumer whose names are an attack. */
async function fill(stage: Stage): Promise<Client> {
  const [first, second] = stage.nsqds;
  await first!.create("orders", "archive", "worker");
  await second!.create("orders", "archive", "worker");
  await first!.create("emails", "sender");
  await first!.create(LONG, LONG, `${LONG.slice(0, 54)}#ephemeral`);
  await first!.post("/mpub?topic=orders", "a\nb\nc");
  await second!.post("/mpub?topic=orders", "d\ne");
  await stage.lookupd.post("/topic/create?topic=forgotten");
  await stage.lookupd.post("/channel/create?topic=forgotten&channel=old");
  const client = await Client.connect(first!.tcpPort);
  await client.identify({ client_id: NASTY, hostname: NASTY, user_agent: `${NASTY}/1` });
  await client.subscribe("emails", "sender");
  return client;
}

browserSuite({ nodes: 2 }, (test) => {
  let client: Client | undefined;
  Deno.test.afterAll(() => client?.close());

  test("console shows totals, topics and what is wrong", async (stage) => {
    client = await fill(stage);
    await stage.visit("/", async (page) => {
      await eventually(async () => {
        equal(await cell(page, "orders", "Depth"), "10");
        equal(await cell(page, "orders", "Nodes"), "2");
        equal(await cell(page, "emails", "Connections"), "1");
      }, SHOW_DEADLINE_MS);
      await eventually(async () =>
        match(await page.locator(".totals").innerText(), /waiting\s*10/)
      );
      await eventually(async () =>
        match(await page.locator(".problems").innerText(), /Backlog and no consumer/)
      );
      ok(await row(page, "forgotten").getByText("inactive").isVisible());
    });
  });

  test("console shows new messages without being reloaded", async (stage) => {
    await stage.visit("/topics/emails", async (page) => {
      await page.getByRole("heading", { name: "emails" }).waitFor();
      const before = Number(await cell(page, "sender", "Messages"));
      await stage.nsqds[0]!.post("/pub?topic=emails", "new");
      await eventually(async () => {
        equal(Number(await cell(page, "sender", "Messages")), before + 1);
      }, SHOW_DEADLINE_MS);
    });
  });

  test("console has every page, accessible, light and dark, with nothing cut off at any width", async (stage) => {
    for (const [path, heading] of pagesOf(stage)) {
      await stage.visit(path, async (page) => {
        await page.getByRole("heading", { level: 1, name: heading }).waitFor();
        await page.locator("table, .tree, .empty-note").first().waitFor();
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: 900 });
          await page.emulateMedia({ colorScheme: width % 3 === 0 ? "dark" : "light" });
          // A table finds its way to fit as soon as it is told of the new width.
          await eventually(async () => {
            await expectNoSidewaysScroll(page);
            await expectNothingCutOff(page);
          });
          if (width === 390 || width === 1280) await expectAccessible(page);
        }
      });
    }
  });

  test("console shows names of clients as text, whatever they are", async (stage) => {
    for (const path of ["/topics/emails/sender", `/nodes/${stage.nodeName()}`]) {
      await stage.visit(path, async (page) => {
        await page.getByRole("table").first().waitFor();
        for (const details of await page.locator("details:not(.menu)").all()) {
          await details.locator(":scope > summary").click();
        }
        await page.getByText(NASTY).first().waitFor();
        equal(await page.locator("img").count(), 0);
        match(await page.title(), /NSQ$/);
      });
    }
  });

  test("console's topic page sums up nodes and channels", async (stage) => {
    await stage.visit("/topics/orders", async (page) => {
      const nodes = page.getByRole("table", { name: "Nodes of orders" });
      await nodes.waitFor();
      deepEqual(
        await nodes.locator("tbody th a").allInnerTexts(),
        [stage.nodeName(0), stage.nodeName(1)].sort(),
      );
      equal(await nodes.locator('tfoot td[data-label="Messages"]').innerText(), "5");
      await eventually(async () => equal(await cell(page, "archive", "Depth"), "5"));
      await eventually(async () => equal(await cell(page, "worker", "Depth"), "5"));
      ok(await page.getByRole("columnheader", { name: "99th e2e" }).first().isVisible());
    });
  });

  test("console searches and sorts topics, and the address tells how", async (stage) => {
    await stage.visit("/", async (page) => {
      const names = () => page.locator("tbody th a").allInnerTexts();
      await row(page, "orders").waitFor();
      await page.getByRole("button", { name: "Depth" }).click();
      await eventually(async () => equal((await names())[0], "orders"));
      equal(await page.locator('th[aria-sort="descending"]').innerText(), "Depth");
      await page.getByRole("searchbox").fill("SEND");
      await eventually(async () => deepEqual(await names(), ["emails"]));
      match(page.url(), /sort=depth&order=desc&q=SEND/);
      await page.reload();
      await eventually(async () => deepEqual(await names(), ["emails"]));
      equal(await page.getByRole("searchbox").inputValue(), "SEND");
    });
  });

  test("console's links are addresses that can be gone back from", async (stage) => {
    await stage.visit("/", async (page) => {
      await row(page, "orders").getByRole("link").click();
      await page.getByRole("heading", { level: 1, name: "orders" }).waitFor();
      equal(new URL(page.url()).pathname, "/topics/orders");
      await page.getByRole("link", { name: "archive" }).click();
      await page.getByRole("heading", { level: 1, name: "archive" }).waitFor();
      equal(new URL(page.url()).pathname, "/topics/orders/archive");
      await page.goBack();
      await page.goBack();
      await page.getByRole("heading", { level: 1, name: "Streams" }).waitFor();
    });
  });

  test("console can be used by keyboard", async (stage) => {
    await stage.visit("/", async (page) => {
      await row(page, "orders").waitFor();
      const focused = () => page.evaluate(() => document.activeElement?.textContent);
      await page.keyboard.press("Tab");
      equal(await focused(), "Skip to content");
      await page.keyboard.press("/");
      await page.keyboard.type("e");
      await eventually(async () => equal(await page.locator("tbody tr").count(), 4));
      await page.keyboard.press("ArrowDown");
      equal(await focused(), LONG);
      await page.keyboard.press("j");
      equal(await focused(), "emails");
      await page.keyboard.press("j");
      equal(await focused(), "forgotten");
      await page.keyboard.press("k");
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { level: 1, name: "emails" }).waitFor();
    });
  });

  test("console marks the consumer at fault, and names its fault", async (stage) => {
    const [nsqd] = stage.nsqds;
    await nsqd!.create("slow", "worker");
    await nsqd!.post("/mpub?topic=slow", "a\nb\nc\nd");
    const lazy = await Client.connect(nsqd!.tcpPort);
    const idle = await Client.connect(nsqd!.tcpPort);
    try {
      await lazy.identify({ client_id: "lazy", hostname: "lazy", user_agent: "x/1" });
      await lazy.subscribe("slow", "worker");
      await lazy.ready(2); // takes two, and finishes none
      await idle.identify({ client_id: "idle", hostname: "idle", user_agent: "x/1" });
      await idle.subscribe("slow", "worker");
      await stage.visit("/topics/slow/worker", async (page) => {
        await row(page, "idle").getByText("not ready: backed off, or RDY 0").waitFor();
        await row(page, "lazy").getByText(/in flight full, nothing finished for \d+ s/)
          .waitFor({ timeout: 40_000 });
        await page.getByRole("heading", { name: "Consumers (2 connections, 2 at fault)" })
          .waitFor();
        await expectAccessible(page);
      });
    } finally {
      lazy.close();
      idle.close();
    }
  });

  test("console hides the channels of live tails unless they are asked for", async (stage) => {
    const [nsqd] = stage.nsqds;
    const tail = "console-0123abcd#ephemeral";
    await nsqd!.create("watched", "worker", tail);
    await nsqd!.post("/pub?topic=watched", "m");
    await stage.visit("/topics/watched", async (page) => {
      await row(page, "worker").waitFor();
      equal(await row(page, tail).count(), 0);
      await page.getByRole("button", { name: "Show 1 live tail" }).click();
      await row(page, tail).waitFor();
      await page.goto(stage.admin.url);
      equal(await cell(page, "watched", "Channels"), "1");
    });
  });

  test("console keeps the colours that were chosen", async (stage) => {
    await stage.visit("/", async (page) => {
      const background = () =>
        page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
      const light = await background();
      await page.getByRole("button", { name: "Switch to dark colours" }).click();
      const dark = await background();
      ok(light !== dark);
      await page.reload();
      await page.getByRole("button", { name: "Switch to light colours" }).waitFor();
      equal(await background(), dark);
    });
  });

  test("console stands still while it is paused", async (stage) => {
    await stage.visit("/topics/emails", async (page) => {
      await page.getByRole("button", { name: /Live/ }).click();
      await page.getByRole("button", { name: /Paused/ }).waitFor();
      const before = await cell(page, "sender", "Messages");
      const { version } = await lookedAt(stage);
      await stage.nsqds[0]!.post("/pub?topic=emails", "unseen");
      await eventually(
        async () => ok((await lookedAt(stage)).version !== version),
        SHOW_DEADLINE_MS,
      );
      equal(await cell(page, "sender", "Messages"), before);
      await page.getByRole("button", { name: /Paused/ }).click();
      await eventually(
        async () => ok(await cell(page, "sender", "Messages") !== before),
        SHOW_DEADLINE_MS,
      );
    });
  });

  test("console's files are served with a strict policy and a long memory", async (stage) => {
    const page = await stage.admin.http("/topics/orders");
    const policy = page.headers.get("content-security-policy") ?? "";
    match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/);
    ok(!policy.includes("unsafe"));
    const [script] = /\/static\/console\.js\?v=\w+/.exec(await page.text()) ?? [];
    const asset = await stage.admin.http(script!);
    match(asset.headers.get("cache-control") ?? "", /immutable/);
    await asset.body?.cancel();
    let packed = 0;
    for (const name of ["console.js", "console.css"]) {
      const { body } = await stage.admin.http(`/static/${name}`);
      const stream = body!.pipeThrough(new CompressionStream("gzip"));
      packed += (await new Response(stream).bytes()).length;
    }
    ok(packed < 120_000, `script and style are ${packed} bytes, compressed`);
    await stage.visit("/", async (view) => {
      const encoding = await view.evaluate(async (path) => {
        const response = await fetch(path, { cache: "no-store" });
        await response.text();
        return response.headers.get("content-encoding");
      }, `${stage.admin.url}/api/console/overview`);
      match(encoding ?? "", /gzip|br/);
    });
    const other = await stage.admin.http("/static/..%2fmain.ts");
    equal(other.status, 404);
    await other.body?.cancel();
  });
});

/** What the console tells about its last look at the cluster. */
async function lookedAt(stage: Stage): Promise<{ version: string | null }> {
  const response = await stage.admin.http("/api/console/counter");
  await response.body?.cancel();
  return { version: response.headers.get("etag") };
}
