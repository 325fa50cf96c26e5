/** Everything that can be done in the console is done to the daemons, and only when it is confirmed. */
import type { Page } from "playwright-core";
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import { eventually } from "../harness/eventually.ts";
import { browserSuite, cell, row, SHOW_DEADLINE_MS } from "./browser.ts";

/** Opens the dialog of a button, which says what matches: it asks for the newest figures first. */
async function ask(page: Page, button: string, says = /./): Promise<void> {
  await page.getByRole("button", { name: button, exact: true }).first().click();
  await eventually(async () => match(await page.getByRole("dialog").innerText(), says));
}

/** Types the name if it is asked for, and presses the button that does it. */
async function confirm(page: Page, verb: string, name?: string): Promise<void> {
  const dialog = page.getByRole("dialog");
  if (name !== undefined) await dialog.getByRole("textbox").fill(name);
  await dialog.getByRole("button", { name: verb, exact: true }).click();
  await dialog.waitFor({ state: "detached" });
}

browserSuite({ nodes: 2 }, (test) => {
  test("console creates a topic with a channel in lookupd", async (stage) => {
    await stage.visit("/lookup", async (page) => {
      await ask(page, "Create topic…");
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Topic").fill("made");
      await dialog.getByLabel("Channel").fill("first");
      await confirm(page, "Create");
      await page.locator(".tree").getByRole("link", { name: "first" }).waitFor();
    });
    deepEqual(await stage.lookupd.channels("made"), ["first"]);
  });

  test("console deletes a topic that only lookupd knows", async (stage) => {
    await stage.lookupd.post("/topic/create?topic=stale");
    await stage.visit("/lookup", async (page) => {
      await page.locator(".tree li", { hasText: "stale" }).getByRole("button").first().click();
      await confirm(page, "Delete topic", "stale");
      await page.locator(".tree", { hasText: "stale" }).waitFor({ state: "detached" });
    });
    ok(!(await stage.lookupd.topics()).includes("stale"));
  });

  test("console pauses and unpauses a topic on all its nodes", async (stage) => {
    for (const nsqd of stage.nsqds) await nsqd.create("stopgo");
    const paused = () =>
      Promise.all(stage.nsqds.map(async (nsqd) => (await nsqd.topic("stopgo")).paused));
    await stage.visit("/topics/stopgo", async (page) => {
      await ask(page, "Pause", /on 2 nodes[^]*Nothing is lost/);
      await confirm(page, "Pause topic");
      await page.getByRole("button", { name: "Unpause" }).waitFor();
      deepEqual(await paused(), [true, true]);
      await ask(page, "Unpause");
      await confirm(page, "Unpause topic");
      await page.getByRole("button", { name: "Pause", exact: true }).waitFor();
      deepEqual(await paused(), [false, false]);
    });
  });

  test("console pauses, empties and deletes a channel, after saying what is lost", async (stage) => {
    const [nsqd] = stage.nsqds;
    await nsqd!.create("jobs", "worker");
    await nsqd!.post("/mpub?topic=jobs", "1\n2\n3");
    await stage.visit("/topics/jobs/worker", async (page) => {
      await ask(page, "Pause", /Nothing is lost/);
      await confirm(page, "Pause channel");
      await page.getByRole("button", { name: "Unpause" }).waitFor();
      equal((await nsqd!.channel("jobs", "worker")).paused, true);

      await ask(page, "Empty", /3 messages waiting will be lost for good/);
      const doIt = page.getByRole("dialog").getByRole("button", { name: "Empty channel" });
      ok(await doIt.isDisabled());
      await page.getByRole("dialog").getByRole("textbox").fill("worke");
      ok(await doIt.isDisabled());
      equal((await nsqd!.channel("jobs", "worker")).depth, 3);
      await confirm(page, "Empty channel", "worker");
      await page.getByText("was emptied").waitFor();
      equal((await nsqd!.channel("jobs", "worker")).depth, 0);

      await ask(page, "Delete");
      await confirm(page, "Delete channel", "worker");
      await page.getByRole("heading", { level: 1, name: "jobs" }).waitFor();
      deepEqual((await nsqd!.topic("jobs")).channels, []);
    });
  });

  test("console empties and deletes a topic on all nodes", async (stage) => {
    for (const nsqd of stage.nsqds) {
      await nsqd.create("waste");
      await nsqd.post("/mpub?topic=waste", "1\n2");
    }
    await stage.visit("/topics/waste", async (page) => {
      await ask(page, "Empty", /4 messages waiting/);
      await confirm(page, "Empty topic", "waste");
      await page.getByText("was emptied").waitFor();
      equal((await stage.nsqds[1]!.topic("waste")).depth, 0);
      await ask(page, "Delete", /none is lost[^]*2 nodes/);
      await page.keyboard.press("Escape");
      equal((await stage.nsqds[0]!.topics("waste")).length, 1);
      await ask(page, "Delete");
      await confirm(page, "Delete topic", "waste");
      await page.getByRole("heading", { level: 1, name: "Streams" }).waitFor();
    });
    for (const nsqd of stage.nsqds) deepEqual(await nsqd.topics("waste"), []);
  });

  test("console tombstones a topic on one node", async (stage) => {
    for (const nsqd of stage.nsqds) await nsqd.create("grave");
    await stage.visit("/topics/grave", async (page) => {
      const name = stage.nodeName(0);
      await row(page, name).getByRole("button", { name: "Tombstone" }).click();
      await confirm(page, "Tombstone", name);
      await page.getByText(`tombstoned on ${name}`).waitFor();
    });
    deepEqual(await stage.nsqds[0]!.topics("grave"), []);
    equal((await stage.nsqds[1]!.topics("grave")).length, 1);
  });

  test("console offers each action as a curl command that does the same", async (stage) => {
    const [nsqd] = stage.nsqds;
    await nsqd!.create("scripted", "worker");
    await stage.visit("/topics/scripted/worker", async (page) => {
      await ask(page, "Pause");
      const command = await page.getByRole("dialog").getByRole("button", { name: "Copy as curl" })
        .getAttribute("data-copy");
      const shell = new Deno.Command("sh", { args: ["-c", `${command} --silent --fail`] });
      const { success, stderr } = await shell.output();
      equal(success, true, `${command}\n${new TextDecoder().decode(stderr)}`);
    });
    equal((await nsqd!.channel("scripted", "worker")).paused, true);
  });

  test("console publishes a message, at once or later", async (stage) => {
    const [nsqd] = stage.nsqds;
    await nsqd!.create("letters", "box");
    await stage.visit("/topics/letters", async (page) => {
      await page.getByLabel("Body").fill("hello ✓");
      await page.getByLabel("Delay, seconds").fill("600");
      await page.getByRole("button", { name: "Publish" }).click();
      await page.getByText("due in 600 s").waitFor();
      equal((await nsqd!.channel("letters", "box")).deferred_count, 1);
      await page.getByLabel("Delay, seconds").fill("");
      await page.getByRole("button", { name: "Publish" }).click();
      await page.getByText(/Published to letters through [\d.:]+\.$/).waitFor();
      equal((await nsqd!.topic("letters")).message_bytes, 2 * 9);
      await eventually(
        async () => equal(await cell(page, "box", "Messages"), "2"),
        SHOW_DEADLINE_MS,
      );
    });
  });

  test("console tails a topic live, takes nothing from others, and leaves no channel", async (stage) => {
    const [nsqd] = stage.nsqds;
    await nsqd!.create("live", "worker");
    const channels = async () =>
      (await nsqd!.topic("live")).channels.map((each) => each.channel_name);
    await stage.visit("/topics/live", async (page) => {
      await page.getByRole("button", { name: "Start live tail" }).click();
      await eventually(async () => equal((await channels()).length, 2), SHOW_DEADLINE_MS);
      await nsqd!.post("/pub?topic=live", `{"is":"<b>shown</b>"}`);
      await nsqd!.post("/pub?topic=live", new Uint8Array([0xff, 0x00, 0x10]));
      await page.locator(".tail").getByText(`{ "is": "<b>shown</b>" }`).waitFor();
      await page.locator(".tail").getByText("ff 00 10").waitFor();
      equal((await nsqd!.channel("live", "worker")).depth, 2);
      await page.getByRole("link", { name: "Nodes" }).click();
      await eventually(async () => deepEqual(await channels(), ["worker"]), SHOW_DEADLINE_MS);
    });
  });

  test("console offers no tail that would take what a topic keeps for its first channel", async (stage) => {
    const [nsqd] = stage.nsqds;
    await nsqd!.create("unread");
    await nsqd!.post("/pub?topic=unread", "m");
    await stage.visit("/topics/unread", async (page) => {
      const start = page.getByRole("button", { name: "Start live tail" });
      await page.getByText("a tail would take them").waitFor();
      equal(await start.count(), 0);
      await nsqd!.create("unread", "first");
      await start.waitFor({ timeout: SHOW_DEADLINE_MS });
    });
  });

  test("console does nothing for the page of another site", async (stage) => {
    const [nsqd] = stage.nsqds;
    await nsqd!.create("guarded");
    for (
      const path of [
        "/api/topics/guarded",
        "/api/console/topics/guarded/publish",
        "/api/console/topics/guarded/tail",
      ]
    ) {
      const response = await stage.admin.http(path, {
        method: "POST",
        headers: { origin: "http://elsewhere.example", "content-type": "text/plain" },
        body: JSON.stringify({ action: "pause", body: "x" }),
      });
      equal(response.status, 403, path);
      await response.body?.cancel();
    }
    equal((await nsqd!.topic("guarded")).message_count, 0);
  });
});
