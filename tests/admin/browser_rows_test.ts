/** Tables as readers want them, and what is done with many rows at once. */
import type { Page } from "playwright-core";
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import { eventually } from "../harness/eventually.ts";
import {
  browserSuite,
  cell,
  expectAccessible,
  expectNoSidewaysScroll,
  row,
  SHOW_DEADLINE_MS,
} from "./browser.ts";

const headings = (page: Page, table: string) =>
  page.getByRole("table", { name: table }).getByRole("columnheader").allInnerTexts();

browserSuite({ nodes: 2 }, (test) => {
  test("console tells a first reader what to type", async (stage) => {
    await stage.visit("/", async (page) => {
      await page.getByRole("heading", { name: "No topics yet" }).waitFor();
      const commands = await page.locator(".command code").allInnerTexts();
      match(commands[0]!, /^curl -d 'hello' 'http:\/\/127\.0\.0\.1:\d+\/pub\?topic=test'$/);
      await expectAccessible(page);
      const shell = new Deno.Command("sh", { args: ["-c", `${commands[0]} --silent --fail`] });
      equal((await shell.output()).success, true);
      await row(page, "test").waitFor();
    });
    ok(stage.nsqds.length > 0);
  });

  test("console pauses and deletes many topics at once, from the keyboard alone", async (stage) => {
    const [first, second] = stage.nsqds;
    for (const name of ["many-1", "many-2", "many-3"]) {
      await first!.create(name, "c");
      await second!.create(name, "c");
      await first!.post(`/mpub?topic=${name}`, "1\n2");
    }
    await stage.visit("/?q=many", async (page) => {
      const { keyboard } = page;
      await row(page, "many-3").waitFor();
      await keyboard.press("j");
      await keyboard.press("x");
      await keyboard.press("j");
      await keyboard.press("x");
      const bar = page.getByRole("group", { name: "Selected" });
      await bar.getByText("2 topics selected").waitFor();
      await bar.getByRole("button", { name: "Pause 2 topics", exact: true }).press("Enter");
      await page.getByRole("dialog").getByRole("button", { name: "Pause 2 topics" }).press("Enter");
      await page.getByText("2 topics were paused.").waitFor();
      for (const [name, paused] of [["many-1", true], ["many-2", true], ["many-3", false]]) {
        equal((await second!.topic(name as string)).paused, paused);
      }
      await page.getByLabel("Select all of Topics").press("Space");
      await bar.getByRole("button", { name: "Delete" }).press("Enter");
      const dialog = page.getByRole("dialog");
      await dialog.getByText("6 messages will be lost for good.").waitFor();
      await expectAccessible(page);
      ok(await dialog.getByRole("button", { name: "Delete 3 topics" }).isDisabled());
      await keyboard.type("3");
      await keyboard.press("Enter");
      await page.getByText("3 topics were deleted.").waitFor();
      deepEqual(await first!.topics("many-1"), []);
      deepEqual(await second!.topics("many-3"), []);
    });
  });

  test("console says where one of many was not done, and repeats it there", async (stage) => {
    const [, hung] = stage.nsqds;
    for (const name of ["half-1", "half-2"]) await stage.nsqds[0]!.create(name, "c");
    await hung!.create("half-2", "c");
    await stage.visit("/?q=half", async (page) => {
      await eventually(
        async () => equal(await cell(page, "half-2", "Nodes"), "2"),
        SHOW_DEADLINE_MS,
      );
      await page.getByLabel("Select all of Topics").click();
      Deno.kill(hung!.pid, "SIGSTOP");
      const dialog = page.getByRole("dialog");
      try {
        await page.getByRole("button", { name: "Pause 2 topics", exact: true }).click();
        await dialog.getByRole("button", { name: "Pause 2 topics" }).click();
        await dialog.getByText(`${stage.nodeName(1)}: timeout`).waitFor();
        equal(await dialog.getByRole("heading", { name: "half-1" }).count(), 0);
      } finally {
        Deno.kill(hung!.pid, "SIGCONT");
      }
      await dialog.getByRole("button", { name: "Repeat there" }).click();
      await page.getByText("2 topics were paused.").waitFor();
      equal((await hung!.topic("half-2")).paused, true);
    });
  });

  test("console cures from the list of problems", async (stage) => {
    const [nsqd] = stage.nsqds;
    await nsqd!.create("stuck", "nobody");
    await nsqd!.post("/mpub?topic=stuck", "1\n2\n3");
    await stage.visit("/", async (page) => {
      const problem = page.locator(".problem", { hasText: "Backlog and no consumer" });
      await problem.locator("summary").click();
      const item = problem.locator("li", { hasText: "stuck / nobody" });
      await item.getByRole("button", { name: "Empty" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText("3 messages will be lost for good.").waitFor();
      await dialog.getByRole("textbox").fill("1");
      await dialog.getByRole("button", { name: "Empty stuck / nobody" }).click();
      await page.getByText("stuck / nobody was emptied.").waitFor();
      equal((await nsqd!.channel("stuck", "nobody")).depth, 0);
    });
  });

  test("console shows the columns that were chosen, also after a reload", async (stage) => {
    await stage.visit("/nodes", async (page) => {
      const name = stage.nodeName(0);
      await row(page, name).waitFor();
      await eventually(async () => match(await cell(page, name, "Memory"), /^[\d.]+ MB$/));
      await eventually(async () =>
        match(await cell(page, name, "Disk free"), /^[\d.]+ [GT]B, \d+%$/)
      );
      await eventually(async () => match(await cell(page, name, "Up for"), /\d+ (s|min)/));
      const before = await headings(page, "Nodes");
      ok(!before.includes("TCP port") && !before.includes("Zone"), before.join());
      await page.getByText("Columns", { exact: true }).press("Enter");
      await page.getByRole("checkbox", { name: "TCP port" }).press("Space");
      await page.getByRole("checkbox", { name: "Messages" }).press("Space");
      await expectAccessible(page);
      await page.keyboard.press("Escape");
      const wanted = [...before.filter((each) => each !== "Messages"), "TCP port"].sort();
      deepEqual((await headings(page, "Nodes")).sort(), wanted);
      await page.reload();
      await row(page, name).waitFor();
      deepEqual((await headings(page, "Nodes")).sort(), wanted);
    });
  });

  test("console lists its keys, and goes where they say", async (stage) => {
    await stage.visit("/", async (page) => {
      await page.getByRole("heading", { level: 1, name: "Streams" }).waitFor();
      await page.keyboard.press("?");
      const dialog = page.getByRole("dialog", { name: "Keys" });
      await dialog.getByText("previous row").waitFor();
      await expectAccessible(page);
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
      await page.keyboard.press("g");
      await page.keyboard.press("n");
      await page.getByRole("heading", { level: 1, name: "Nodes" }).waitFor();
      await page.keyboard.press("p");
      await page.getByRole("button", { name: /Paused/ }).waitFor();
    });
  });

  test("console's tail filters, stands still, and lays JSON out", async (stage) => {
    const [nsqd] = stage.nsqds;
    await nsqd!.create("tailed", "worker");
    await stage.visit("/topics/tailed", async (page) => {
      await page.getByRole("button", { name: "Start live tail" }).click();
      await eventually(
        async () => equal((await nsqd!.topic("tailed")).channels.length, 2),
        SHOW_DEADLINE_MS,
      );
      await nsqd!.post("/pub?topic=tailed", `{"user":{"id":7}}`);
      await nsqd!.post("/pub?topic=tailed", "plain");
      const items = page.locator(".tail li");
      await eventually(async () => equal(await items.count(), 2));
      match(await page.locator(".tail").innerText(), /\{\n {2}"user": \{\n {4}"id": 7/);
      await page.getByLabel("Lay JSON out").uncheck();
      await page.locator(".tail").getByText(`{"user":{"id":7}}`, { exact: true }).waitFor();
      await page.getByLabel("Show only messages with").fill("USER");
      equal(await items.count(), 1);
      await page.getByLabel("Show only messages with").fill("");
      await page.getByRole("button", { name: "Hold still" }).click();
      await nsqd!.post("/pub?topic=tailed", "later");
      await page.getByRole("button", { name: "Go on (1 newer)" }).waitFor();
      equal(await items.count(), 2);
      await page.getByRole("button", { name: "Go on (1 newer)" }).click();
      await eventually(async () => equal(await items.count(), 3));
      await expectAccessible(page);
      await expectNoSidewaysScroll(page);
    }, { width: 390, dark: true });
  });
});
