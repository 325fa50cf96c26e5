/** Looking at messages, policies and drain: what only our brokers can do, and others do without. */
import type { Page } from "playwright-core";
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import { startAdmin } from "../harness/admin.ts";
import { Client } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import {
  browserSuite,
  cell,
  expectAccessible,
  expectNoSidewaysScroll,
  row,
  SHOW_DEADLINE_MS,
} from "./browser.ts";

/** Chooses which messages are looked at. */
const look = (page: Page, state: string) =>
  page.getByRole("group", { name: "Look at messages that are" })
    .getByRole("button", { name: state, exact: true }).click();

browserSuite({ nodes: 2 }, (test) => {
  test("console shows messages as they are, and changes nothing", async (stage) => {
    const [first, second] = stage.nsqds;
    for (const nsqd of stage.nsqds) await nsqd.create("orders", "mail");
    await first!.post("/pub?topic=orders", `{"order":{"id":7}}`);
    await second!.post("/pub?topic=orders", new Uint8Array([0xff, 0x00, 0x10]));
    await first!.post("/pub?topic=orders&defer=600000", "in ten minutes");
    await stage.visit("/topics/orders/mail", async (page) => {
      const messages = page.getByRole("list", { name: "Messages", exact: true });
      await look(page, "Queued");
      await page.getByText("2 messages", { exact: true }).waitFor();
      const shown = await messages.innerText();
      match(shown, /\{\n {2}"order": \{\n {4}"id": 7\n/);
      match(shown, /000000 {2}ff 00 10/);
      match(shown, /0 attempts/);
      await messages.getByRole("button", { name: "Hex" }).first().click();
      match(await messages.innerText(), /000000 {2}7b 22 6f 72 64 65 72 22/);
      equal(
        await messages.locator("[data-copy]").first().getAttribute("data-copy").then((text) =>
          /^000000 {2}7b/.test(text ?? "")
        ),
        true,
      );
      await page.getByLabel("Show only messages with").first().fill("ORDER");
      await page.getByText("1 of 2 shown here").waitFor();
      await page.getByLabel("Show only messages with").first().fill("");
      await expectAccessible(page);
      await look(page, "Deferred");
      await messages.getByText("in ten minutes").waitFor();
      await messages.getByText(/due in 9 min/).waitFor();
      equal((await first!.channel("orders", "mail")).depth, 1);
      equal((await first!.channel("orders", "mail")).deferred_count, 1);

      const client = await Client.connect(first!.tcpPort);
      try {
        await client.identify({ client_id: "postman", hostname: "postman" });
        await client.subscribe("orders", "mail", 1);
        const { id } = await client.nextMessage();
        await look(page, "In flight");
        await messages.getByText(id).waitFor();
        await messages.getByText(/at postman/).waitFor();
        await messages.getByText(/times out in \d+ s/).waitFor();
      } finally {
        client.close();
      }
    });
    await stage.visit("/topics/orders/mail", async (page) => {
      await look(page, "Queued");
      await page.getByRole("list", { name: "Messages", exact: true }).waitFor();
      await expectNoSidewaysScroll(page);
      await expectAccessible(page);
    }, { width: 390, dark: true });
  });

  test("console writes a policy, says before what it is for, and where a field comes from", async (stage) => {
    await stage.visit("/policies", async (page) => {
      await page.getByText("No policies: everything is as it is").waitFor();
      await expectAccessible(page);
      await page.getByRole("button", { name: "New policy…" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Name").fill("mail-limits");
      await dialog.getByLabel("Topics").fill("ord*");
      await dialog.getByRole("combobox", { name: "Field 1" }).fill("max_attempts");
      await dialog.getByRole("textbox", { name: "Value of max_attempts" }).fill("-3");
      await dialog.getByRole("button", { name: "Preview" }).click();
      await dialog.getByRole("alert").getByText(/max_attempts: /).waitFor();
      await dialog.getByRole("textbox", { name: "Value of max_attempts" }).fill("1");
      await dialog.getByRole("button", { name: "Preview" }).click();
      await dialog.getByText("It is for 1 topic and 1 channel, on 2 nodes:").or(
        dialog.getByText("It is for 0 topics and 1 channel, on 2 nodes:"),
      ).waitFor();
      await dialog.getByText("orders / mail").waitFor();
      await expectAccessible(page);
      deepEqual((await stage.nsqds[0]!.http("/policy/list").then((r) => r.json())).policies, []);
      await dialog.getByRole("button", { name: "Put in force" }).click();
      await page.getByText("Policy mail-limits is in force on 2 nodes.").waitFor();
      await row(page, "mail-limits").waitFor();
      await eventually(async () =>
        match(await cell(page, "mail-limits", "Sets"), /max_attempts 1/)
      );
      await eventually(async () => equal(await cell(page, "mail-limits", "Nodes"), "2 of 2"));

      await page.goto(`${stage.admin.url}/topics/orders/mail`);
      await page.getByText("Policies in force here").click();
      await row(page, "max_attempts").getByRole("link", { name: "mail-limits" }).waitFor();
      match(await row(page, "backoff").innerText(), /no policy: as usual/);
      await expectAccessible(page);
    });
  });

  test("console shows why a message is dead, kicks it, and deletes it", async (stage) => {
    const [nsqd] = stage.nsqds;
    await nsqd!.create("orders", "faulty"); // mail-limits gives up after the first attempt
    const client = await Client.connect(nsqd!.tcpPort);
    const fail = async () => {
      const { id } = await client.nextMessage();
      await client.send(`REQ ${id} 0\n`);
    };
    try {
      await client.identify({});
      await client.subscribe("orders", "faulty", 1);
      await nsqd!.post("/pub?topic=orders", `{"bad":1}`);
      await nsqd!.post("/pub?topic=orders", `{"bad":2}`);
      await fail();
      await fail();
      await stage.visit("/", async (page) => {
        await page.locator(".problem", { hasText: "Dead messages" }).getByText("orders / faulty")
          .first().waitFor();
        await page.goto(`${stage.admin.url}/topics/orders/faulty`);
        await page.getByRole("button", { name: "Dead (2)" }).click();
        const messages = page.locator(".peeked li");
        await messages.first().getByText(/dead: too many attempts, last delivered/).waitFor();
        equal(await messages.count(), 2);
        await expectAccessible(page);
        await expectNoSidewaysScroll(page);
        const dialog = page.getByRole("dialog");
        await messages.filter({ hasText: `"bad": 1` }).getByRole("button", { name: "Kick" })
          .click();
        await dialog.getByText("goes back to the consumers").waitFor();
        await dialog.getByRole("button", { name: "Kick" }).click();
        const again = await client.nextMessage();
        equal(again.body, `{"bad":1}`);
        await client.finish(again.id);
        await eventually(async () => equal(await messages.count(), 1), SHOW_DEADLINE_MS);
        await messages.getByRole("button", { name: "Delete" }).click();
        await dialog.getByText("lost for good").waitFor();
        await dialog.getByRole("button", { name: "Delete" }).click();
        await page.getByText("No message is dead.").waitFor();
      });
    } finally {
      client.close();
    }
  });

  test("console shows a node that drains, and takes it back", async (stage) => {
    const [nsqd] = stage.nsqds;
    await nsqd!.post("/pub?topic=orders", "waits");
    await stage.visit(`/nodes/${stage.nodeName(0)}`, async (page) => {
      await page.getByRole("button", { name: "Drain…" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Drain", exact: true }).click();
      await page.getByText(/since \d\d:\d\d:\d\d: \d+ messages? not finished yet/).waitFor();
      await expectAccessible(page);
      const refused = await nsqd!.http("/pub?topic=orders", { method: "POST", body: "x" });
      equal(refused.status, 503);
      await refused.body?.cancel();
      await page.getByRole("button", { name: "Cancel the drain" }).click();
      await page.getByRole("button", { name: "Drain…" }).waitFor();
    });
    await nsqd!.post("/pub?topic=orders", "taken again");
  });

  test("console looks whole over a broker that knows nothing of all this", async (stage) => {
    const channel = { channel_name: "c", depth: 2, clients: [], message_count: 2 };
    const stats = {
      version: "1.3.0",
      health: "OK",
      start_time: 1,
      topics: [{ topic_name: "t", depth: 0, message_count: 2, channels: [channel] }],
    };
    const answers: Record<string, unknown> = {
      "/stats": stats,
      "/info": {
        version: "1.3.0",
        broadcast_address: "127.0.0.1",
        hostname: "old",
        tcp_port: 4150,
      },
    };
    const old = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, ({ url }) => {
      const { pathname, port } = new URL(url);
      if (!(pathname in answers)) return Response.json({ message: "NOT_FOUND" }, { status: 404 });
      const answer = answers[pathname] as Record<string, unknown>;
      return Response.json(pathname === "/info" ? { ...answer, http_port: Number(port) } : answer);
    });
    await using admin = await startAdmin({
      flags: [`--nsqd-http-address=127.0.0.1:${old.addr.port}`],
    });
    const page = await stage.browser.newPage();
    try {
      await page.goto(`${admin.url}/policies`);
      await page.getByText("The brokers here have no policies").waitFor();
      equal(await page.getByRole("button", { name: "New policy…" }).count(), 0);
      await page.goto(`${admin.url}/topics/t/c`);
      await look(page, "Queued");
      await page.getByText("cannot show messages: that takes a broker of this project").waitFor();
      await page.getByText("Policies in force here").click();
      await page.getByText("The brokers here have no policies.").waitFor();
      equal(await page.getByText("Dead", { exact: true }).count(), 1, "no column, only the button");
      await page.goto(`${admin.url}/nodes/127.0.0.1:${old.addr.port}`);
      await page.getByRole("table").first().waitFor();
      equal(await page.getByRole("button", { name: "Drain…" }).count(), 0);
      equal(await page.getByText("disk free").count(), 0);
      await eventually(
        async () => ok(await page.getByText("up for").isVisible()),
        SHOW_DEADLINE_MS,
      );
      equal(await page.getByRole("alert").count(), 0);
    } finally {
      await page.close();
      await old.shutdown();
    }
  });
});
