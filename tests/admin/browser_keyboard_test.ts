/** Every action of the console with the keyboard alone; the focus is always seen, and comes back. */
import type { Page } from "playwright-core";
import { deepEqual, equal, ok } from "../harness/assert.ts";
import { Client } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { browserSuite, row, SHOW_DEADLINE_MS } from "./browser.ts";
import { Keyboard } from "./keyboard.ts";

/** Does something while no action is answered. */
async function whileHeld(page: Page, act: () => Promise<void>): Promise<void> {
  const over = Promise.withResolvers<void>();
  await page.route("**/api/console/actions", async (route) => {
    const response = await route.fetch();
    await over.promise;
    await route.fulfill({ response });
  });
  try {
    await act();
  } finally {
    over.resolve();
    await page.unrouteAll({ behavior: "wait" });
  }
}

browserSuite({ nodes: 2 }, (test) => {
  test("keyboard goes to pages, and to what is around them", async (stage) => {
    await stage.visit("/", async (page) => {
      const keys = new Keyboard(page);
      await page.getByText("No topics yet").waitFor();
      await keys.enter("Skip to content");
      await keys.enter("Create topic…");
      await keys.expectAt("Topic");
      await keys.press("Escape");
      await keys.expectAt("Create topic…");
      await keys.to("Copy");
      await keys.press("Space");
      await page.getByRole("status").getByText("copied").or(page.locator(".copy-text")).first()
        .waitFor({ state: "attached" });
      await keys.enter(/pause updates/, { back: true });
      await page.getByRole("button", { name: /Paused/ }).waitFor();
      await keys.press("Enter");
      await page.getByRole("button", { name: /Live|Stale/ }).waitFor();
      await keys.enter("Switch to dark colours");
      await page.getByRole("button", { name: "Switch to light colours" }).waitFor();
      await keys.enter("? keys");
      await keys.expectAt("Close");
      await keys.press("Enter");
      await keys.expectAt("? keys");
      for (const place of ["Nodes", "Counter", "Lookup", "Policies", "Streams"]) {
        await keys.enter(place);
        await page.getByRole("heading", { level: 1, name: place }).waitFor();
      }
      await keys.press("g", "n");
      await page.getByRole("heading", { level: 1, name: "Nodes" }).waitFor();
    });
  });

  test("keyboard makes topics and channels, and deletes what only lookupd knows", async (stage) => {
    await stage.visit("/lookup", async (page) => {
      const keys = new Keyboard(page);
      await page.getByRole("heading", { level: 1, name: "Lookup" }).waitFor();
      for (const topic of ["leftover-1", "leftover-2"]) {
        await keys.enter("Create topic…", { back: topic === "leftover-2" });
        await keys.type(topic);
        await keys.press("Tab");
        await keys.type("old");
        await keys.press("Enter");
        await page.getByText(`Created ${topic} / old.`).waitFor();
        await keys.expectAt("Create topic…");
      }
      await keys.enter("Delete", { around: "leftover-1" });
      await keys.type("leftover-1");
      await keys.press("Enter");
      await page.getByText("Topic leftover-1 was deleted.").waitFor();
      await page.locator(".tree", { hasText: "leftover-1" }).waitFor({ state: "detached" });
      await keys.expectAt("Delete", "leftover-2");
      await keys.enter("Delete");
      await keys.type("old");
      await keys.press("Enter");
      await page.getByText("Channel old was deleted.").waitFor();
      await keys.enter("leftover-2", { back: true });
      await page.getByRole("heading", { level: 1, name: "leftover-2" }).waitFor();
      await keys.enter("Delete");
      await keys.type("leftover-2");
      await keys.press("Enter");
      await page.getByText("Topic leftover-2 was deleted.").waitFor();
      await page.getByText("There is no such topic").waitFor();
      await keys.expectAt("leftover-2");
    });
  });

  test("keyboard searches, sorts, chooses columns and spans, and does things to many rows", async (stage) => {
    const [first] = stage.nsqds;
    for (const name of ["bulk-1", "bulk-2", "bulk-3"]) {
      await first!.create(name, "c");
      await first!.post(`/mpub?topic=${name}`, "1\n2");
    }
    await first!.create("held");
    await first!.post("/pub?topic=held", "1");
    await stage.visit("/", async (page) => {
      const keys = new Keyboard(page);
      await row(page, "bulk-3").waitFor();
      await keys.enter("1 h");
      await page.getByRole("button", { name: "1 h", pressed: true }).waitFor();
      await keys.press("/");
      await keys.type("bulk");
      await row(page, "held").waitFor({ state: "detached" });
      await keys.enter("Columns of Topics");
      await keys.to("Channels");
      await keys.press("Space");
      await page.getByRole("columnheader", { name: "Channels" }).waitFor({ state: "detached" });
      await keys.press("Escape");
      await keys.expectAt("Columns of Topics");
      await keys.enter("Topic");
      await page.locator('th[aria-sort="descending"]').waitFor();
      await eventually(async () => {
        const names = await page.locator("tbody th a").allInnerTexts();
        deepEqual(names, ["bulk-3", "bulk-2", "bulk-1"]);
      });
      await keys.press("j", "x", "j", "x");
      await page.getByText("2 topics selected").waitFor();
      await keys.press("a");
      await keys.expectAt("Pause 2 topics");
      await keys.press("Enter");
      await keys.expectAt("Pause 2 topics");
      await keys.press("Enter");
      await page.getByText("2 topics were paused.").waitFor();
      await keys.expectAt("Topics");
      equal((await first!.topic("bulk-2")).paused, true);
      equal((await first!.topic("bulk-1")).paused, false);
      await keys.to("Select all of Topics");
      await keys.press("Space", "a");
      await keys.enter("Clear selection");
      await keys.expectAt("Topics");
      await keys.to("Select bulk-2");
      await keys.press("Space", "a");
      await keys.enter("Delete bulk-2");
      await keys.press("Escape");
      await keys.expectAt("Delete bulk-2");
      await keys.press("Enter");
      await keys.type("1");
      await keys.press("Enter");
      await page.getByText("bulk-2 was deleted.").waitFor();
      await keys.expectAt("Topics");
      await page.goto(stage.admin.url + "/?q=held");
      await row(page, "held").waitFor();
      await keys.to("Select held");
      await keys.press("Space", "a");
      await keys.enter("Empty held");
      await page.getByText("1 message will be lost for good.").waitFor();
      await keys.type("1");
      await keys.press("Enter");
      await page.getByText("held was emptied.").waitFor();
      equal((await first!.topic("held")).depth, 0);
    });
  });

  test("keyboard cures from the list of problems", async (stage) => {
    const [nsqd] = stage.nsqds;
    for (const name of ["stuck-1", "stuck-2"]) {
      await nsqd!.create(name, "nobody");
      await nsqd!.post(`/mpub?topic=${name}`, "1\n2\n3");
    }
    await stage.visit("/", async (page) => {
      const keys = new Keyboard(page);
      await page.getByText("stuck-2 / nobody").first().waitFor();
      await keys.enter(/Backlog and no consumer/);
      await keys.enter("Empty stuck-1 / nobody");
      await keys.type("1");
      await keys.press("Enter");
      await page.getByText("stuck-1 / nobody was emptied.").waitFor();
      // Its line goes, and the focus with it to the next one's button.
      await page.locator(".problem li", { hasText: "stuck-1" }).waitFor({ state: "detached" });
      await eventually(async () => ok((await keys.at()).unseen === ""));
      equal((await nsqd!.channel("stuck-1", "nobody")).depth, 0);
      equal((await nsqd!.channel("stuck-2", "nobody")).depth, 3);
    });
  });

  test("keyboard pages through many topics, and does not lose its place at the end", async (stage) => {
    const names = Array.from({ length: 60 }, (_, at) => `page-${at}`);
    for (const name of names) await stage.nsqds[0]!.create(name);
    await stage.visit("/?q=page-", async (page) => {
      const keys = new Keyboard(page);
      await page.getByText("page 1 of 2").waitFor();
      await keys.enter("Next →");
      await page.getByText("page 2 of 2").waitFor();
      await keys.expectAt("← Previous");
      await keys.press("Enter");
      await page.getByText("page 1 of 2").waitFor();
      await keys.expectAt("Next →");
    });
  });

  test("keyboard finds a dialog, and its place, when figures tell of an action before its answer does", async (stage) => {
    for (const nsqd of stage.nsqds) await nsqd.create("early", "c");
    await stage.visit("/topics/early", async (page) => {
      const keys = new Keyboard(page);
      await row(page, "c").first().waitFor();
      await whileHeld(page, async () => {
        await keys.enter("Pause");
        await keys.press("Enter");
        await page.getByRole("button", { name: "Unpause", includeHidden: true }).waitFor();
        await page.getByRole("dialog").getByText("Pause topic early").waitFor();
      });
      await page.getByText("Topic early is paused.").waitFor();
      await keys.expectAt("Unpause");
      await whileHeld(page, async () => {
        await keys.enter("Tombstone", { around: stage.nodeName(1) });
        await keys.type(stage.nodeName(1));
        await keys.press("Enter");
        await row(page, stage.nodeName(1)).waitFor({ state: "detached" }); // and its dialog with it
        await keys.expectAt("Tombstone", stage.nodeName(0));
      });
    });
  });

  test("keyboard does all that can be done with a topic", async (stage) => {
    const [first, second] = stage.nsqds;
    for (const nsqd of stage.nsqds) await nsqd.create("whole", "one", "two");
    await first!.post("/mpub?topic=whole", "1\n2");
    await stage.visit("/topics/whole", async (page) => {
      const keys = new Keyboard(page);
      await row(page, "two").first().waitFor();
      await keys.enter("Pause");
      await keys.press("Enter");
      await keys.expectAt("Unpause"); // the same place says what can be done now
      equal((await second!.topic("whole")).paused, true);
      await keys.press("Enter", "Enter");
      await keys.expectAt("Pause");
      await keys.enter("Create channel…");
      await keys.type("three");
      await keys.press("Enter");
      await row(page, "three").waitFor();
      await keys.expectAt("Create channel…");
      await keys.to("Select one");
      await keys.press("Space", "a");
      await keys.enter("Empty whole / one");
      await keys.type("1");
      await keys.press("Enter");
      await page.getByText("whole / one was emptied.").waitFor();
      await keys.expectAt("Channels");
      await keys.enter("Tombstone", { around: stage.nodeName(1) });
      await keys.type(stage.nodeName(1));
      await keys.press("Enter");
      await page.getByText(`tombstoned on ${stage.nodeName(1)}`).waitFor();
      await row(page, stage.nodeName(1)).waitFor({ state: "detached" });
      await keys.expectAt("Tombstone", stage.nodeName(0));
      await keys.enter("Policies in force here");
      await page.getByRole("table", { name: "Policies in force" }).waitFor();
      await keys.to("Body");
      await keys.type("hello");
      await keys.press("Tab");
      await keys.type("600");
      await keys.to("Node");
      await keys.press("ArrowDown");
      await keys.enter("Publish");
      await page.getByText("due in 600 s").waitFor();
      await keys.expectAt("Publish");
      equal((await first!.channel("whole", "two")).deferred_count, 1);
      await keys.enter("Start live tail");
      await page.getByText("Listening.").waitFor();
      await first!.post("/pub?topic=whole", `{"a":1}`);
      await page.locator(".tail li").first().waitFor();
      await keys.to("Show only messages with");
      await keys.type("a");
      await keys.enter("Hold still");
      await keys.expectAt(/^Go on/);
      await keys.to("Lay JSON out");
      await keys.press("Space");
      await page.locator(".tail").getByText(`{"a":1}`, { exact: true }).waitFor();
      await keys.enter("Stop live tail", { back: true });
      await keys.expectAt("Start live tail");
      await keys.enter("Empty", { back: true });
      await keys.type("whole");
      await keys.press("Enter");
      await page.getByText("was emptied").waitFor();
      await keys.expectAt("Empty");
      await keys.enter("Delete");
      await keys.type("whole");
      await keys.press("Enter");
      await page.getByRole("heading", { level: 1, name: "Streams" }).waitFor();
      await eventually(async () => equal((await keys.at()).unseen, ""));
    });
  });

  test("keyboard does all that can be done with a channel and its messages", async (stage) => {
    const [nsqd] = stage.nsqds;
    await nsqd!.create("post", "box");
    await nsqd!.post(
      "/policy/put",
      JSON.stringify({
        name: "once",
        topic: "post",
        channel: "*",
        priority: 0,
        set: { max_attempts: 1 },
      }),
    );
    for (let at = 1; at <= 4; at++) await nsqd!.post("/pub?topic=post", `{"bad":${at}}`);
    using client = await Client.connect(nsqd!.tcpPort);
    await client.identify({});
    await client.subscribe("post", "box", 1);
    for (let at = 1; at <= 4; at++) {
      await client.send(`REQ ${(await client.nextMessage()).id} 0\n`);
    }
    await eventually(async () => equal((await nsqd!.channel("post", "box")).depth, 0));
    await stage.visit("/topics/post/box", async (page) => {
      const keys = new Keyboard(page);
      await row(page, stage.nodeName(0)).first().waitFor();
      for (const state of ["Queued", "In flight", "Deferred"]) {
        await keys.enter(state);
        await page.getByText(/^No message is/).waitFor();
      }
      await keys.enter(/^Dead/);
      const messages = page.locator(".peeked li");
      await eventually(async () => equal(await messages.count(), 4));
      await keys.enter("Look again");
      await keys.expectAt("Look again");
      await keys.to("Hex");
      await keys.press("Space");
      await messages.first().getByText("000000").waitFor();
      await keys.to("Copy");
      const next = (await messages.nth(1).locator("pre").innerText()).trim();
      await keys.enter("Kick", { back: true });
      await keys.press("Enter");
      await eventually(async () => equal(await messages.count(), 3), SHOW_DEADLINE_MS);
      await keys.expectAt("Kick", next.slice(0, 8));
      await client.finish((await client.nextMessage()).id);
      await keys.enter("Delete");
      await keys.expectAt("Cancel"); // nothing is lost by an Enter too many
      await keys.enter("Delete");
      await eventually(async () => equal(await messages.count(), 2), SHOW_DEADLINE_MS);
      await keys.expectAt("Delete");
      await keys.enter("Kick all", { back: true });
      await keys.press("Escape");
      await keys.expectAt("Kick all");
      await keys.enter("Delete all");
      await keys.type("box");
      await keys.press("Enter");
      await page.getByText("No message is dead.").waitFor();
      await keys.expectAt("Messages");
      await keys.enter("Delete", { back: true });
      await keys.type("box");
      await keys.press("Enter");
      await page.getByRole("heading", { level: 1, name: "post" }).waitFor();
      await eventually(async () => equal((await keys.at()).unseen, ""));
    });
  });

  test("keyboard writes, changes and deletes policies", async (stage) => {
    await stage.visit("/policies", async (page) => {
      const keys = new Keyboard(page);
      await row(page, "once").waitFor();
      for (const name of ["kept", "gone"]) {
        await keys.enter("New policy…", { back: name === "gone" });
        await keys.type(name);
        await keys.enter("Add a field");
        await keys.enter("Remove field 2", { back: true });
        await keys.expectAt("Add a field");
        await keys.to("Field 1", { back: true });
        await keys.type("max_attempts");
        await keys.press("Tab");
        await keys.type("5");
        await keys.press("Enter");
        await page.locator(".preview").waitFor();
        await keys.press("Enter");
        await page.getByText(`Policy ${name} is in force`).waitFor();
        await keys.expectAt("New policy…");
      }
      await keys.enter("Edit", { around: "kept" });
      await keys.expectAt("Topics");
      await keys.press("Escape");
      await keys.expectAt("Edit", "kept");
      await keys.enter("Delete", { around: "gone", back: true });
      await keys.enter("Delete");
      await row(page, "gone").waitFor({ state: "detached" });
      await keys.expectAt("Delete", "kept");
    });
  });

  test("keyboard reads a chart, and goes through a node's topics, channels and connections", async (stage) => {
    const [nsqd] = stage.nsqds;
    for (let at = 0; at < 30; at++) await nsqd!.create(`many-${at + 10}`, "c");
    using client = await Client.connect(nsqd!.tcpPort);
    await client.identify({ client_id: "seen", hostname: "seen.example" });
    await client.subscribe("many-10", "c", 1);
    await stage.visit(`/nodes/${stage.nodeName(0)}`, async (page) => {
      const keys = new Keyboard(page);
      await page.getByRole("heading", { name: "many-10" }).waitFor();
      await keys.to(/^published: /);
      await keys.press("ArrowLeft");
      await page.locator(".chart").first().getByText(/^\d\d:\d\d:\d\d$/).waitFor();
      await keys.to("Search topics and channels");
      await keys.type("many-");
      await page.getByRole("button", { name: /^Show more/ }).waitFor();
      await keys.enter("1 connection of c");
      await page.getByText("seen.example").waitFor();
      await keys.enter(/^Show more/, { back: true }); // round the page's top, it is the shorter way
      await page.getByRole("heading", { name: "many-39", exact: true }).waitFor();
      await eventually(async () => equal((await keys.at()).unseen, ""));
      await keys.enter("Tombstone", { around: "many-39", back: true });
      await keys.type(stage.nodeName(0));
      await keys.press("Enter");
      await page.getByRole("heading", { name: "many-39", exact: true }).waitFor({
        state: "detached",
      });
      await keys.expectAt(/./);
      deepEqual(await nsqd!.topics("many-39"), []);
    });
  });

  test("keyboard repeats an action where it failed, and copies it as a command", async (stage) => {
    const [first, second] = stage.nsqds;
    for (const nsqd of stage.nsqds) await nsqd.create("partly", "c");
    await stage.visit("/topics/partly", async (page) => {
      const keys = new Keyboard(page);
      await row(page, stage.nodeName(1)).waitFor();
      await keys.enter("Pause");
      await keys.to("Copy as curl", { back: true });
      await keys.press("Space");
      await page.getByRole("dialog").getByText("copied").or(page.locator(".copy-text")).first()
        .waitFor({ state: "attached" });
      Deno.kill(second!.pid, "SIGSTOP");
      try {
        await keys.enter("Pause topic");
        await page.getByText("It did not happen on").waitFor();
        await keys.expectAt("Repeat there"); // the focus has waited here
      } finally {
        Deno.kill(second!.pid, "SIGCONT");
      }
      await keys.press("Enter");
      await page.getByText("Topic partly is paused.").waitFor();
      for (const nsqd of [first!, second!]) equal((await nsqd.topic("partly")).paused, true);
    });
  });

  test("keyboard drains a node, takes it back, and forgets a lost one", async (stage) => {
    const [first, second] = stage.nsqds;
    await first!.post("/pub?topic=waits", "m");
    await stage.visit(`/nodes/${stage.nodeName(0)}`, async (page) => {
      const keys = new Keyboard(page);
      await page.getByRole("button", { name: "Drain…" }).waitFor();
      await keys.enter("Drain…");
      await keys.expectAt("Drain");
      await keys.press("Enter");
      await page.getByRole("button", { name: "Cancel the drain" }).waitFor();
      await eventually(async () => equal((await keys.at()).unseen, ""));
      await page.goto(`${stage.admin.url}/nodes`);
      await row(page, stage.nodeName(0)).getByText("draining").waitFor();
      await page.goto(`${stage.admin.url}/topics/waits`);
      await row(page, stage.nodeName(0)).getByText("draining").waitFor();
      await page.goto(`${stage.admin.url}/counter`);
      await row(page, stage.nodeName(0)).getByText("draining").waitFor();
      await page.goto(`${stage.admin.url}/nodes/${stage.nodeName(0)}`);
      await page.getByRole("button", { name: "Cancel the drain" }).waitFor();
      await keys.enter("Cancel the drain");
      await page.getByRole("button", { name: "Drain…" }).waitFor();
      await eventually(async () => equal((await keys.at()).unseen, ""));
    });
    Deno.kill(second!.pid, "SIGSTOP");
    try {
      await stage.visit(`/nodes/${stage.nodeName(1)}`, async (page) => {
        const keys = new Keyboard(page);
        await page.getByText("It is gone for good: forget it").waitFor();
        await keys.enter("It is gone for good: forget it");
        await page.getByRole("heading", { level: 1, name: "Nodes" }).waitFor();
        await eventually(async () => equal((await keys.at()).unseen, ""));
      });
    } finally {
      Deno.kill(second!.pid, "SIGCONT");
    }
  });
});
