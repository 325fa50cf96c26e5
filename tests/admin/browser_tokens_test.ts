/** A console with `--http-auth-file`: browsers ask for the token, and what one may do is up to it. */
import type { Page } from "playwright-core";
import { equal, match, ok } from "../harness/assert.ts";
import { eventually, TemporaryDirectory } from "../harness/mod.ts";
import { browserSuite, row, type Stage } from "./browser.ts";

const tokenOf = (name: string) => `${name}-0123456789abcdef`;

const folder = new TemporaryDirectory();
Deno.test.afterAll(() => folder[Symbol.dispose]());
const AUTH_FILE = `${folder.path}/tokens.json`;

function allow(...roles: string[]): void {
  const tokens = roles.map((role) => ({ name: role, token: tokenOf(role), roles: [role] }));
  folder.write("tokens.json", JSON.stringify({ tokens }));
}
allow("read", "admin");

/** What a headless browser makes of a question for a password that nobody answers; after a wrong answer it shows the refusal. */
const UNANSWERED = /ERR_INVALID_AUTH_CREDENTIALS/;

/** What becomes of the first page for somebody who types `token`, or nothing, when the browser asks. */
async function firstPage(stage: Stage, token?: string): Promise<"shown" | "asked for"> {
  const context = await stage.browser.newContext(
    token === undefined ? {} : { httpCredentials: { username: "", password: token } },
  );
  try {
    const response = await (await context.newPage()).goto(`${stage.admin.url}/`);
    return response!.status() === 401 ? "asked for" : "shown";
  } catch (error) {
    match((error as Error).message, UNANSWERED);
    return "asked for";
  } finally {
    await context.close();
  }
}

/** Pauses the channel that the page is of, as far as the console goes along. */
async function tryToPause(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Pause", exact: true }).first().click();
  await page.getByRole("dialog").getByRole("button", { name: "Pause channel" }).click();
}

browserSuite({ nodes: 1, flags: [`--http-auth-file=${AUTH_FILE}`] }, (test) => {
  test("console shows nothing without a token, nor with a wrong one", async (stage) => {
    equal(await firstPage(stage), "asked for");
    equal(await firstPage(stage, tokenOf("nobody")), "asked for");
    equal(await firstPage(stage, tokenOf("read")), "shown");
  });

  test("console is asked for its token once, and then works like any other", async (stage) => {
    const [nsqd] = stage.nsqds;
    await nsqd!.create("orders", "billing");
    await nsqd!.post("/mpub?topic=orders", "1\n2\n3");
    await stage.visit("/", async (page) => {
      await row(page, "orders").first().waitFor();
      await page.getByRole("link", { name: "orders" }).first().click();
      await page.getByRole("link", { name: "billing" }).first().click();
      await page.getByRole("heading", { level: 1, name: "billing" }).waitFor();
      await tryToPause(page);
      await page.getByRole("button", { name: "Unpause" }).first().waitFor();
      equal((await nsqd!.channel("orders", "billing")).paused, true);
      await nsqd!.post("/pub?topic=orders", "4");
      await page.getByText("4", { exact: true }).first().waitFor(); // figures go on coming
    }, { token: tokenOf("admin") });
  });

  test("console says which role is lacking, and does nothing", async (stage) => {
    const [nsqd] = stage.nsqds;
    await nsqd!.create("ledger", "audit");
    await stage.visit("/topics/ledger/audit", async (page) => {
      await tryToPause(page);
      await page.getByText(/this takes the role operate, and read has read/).waitFor();
    }, { token: tokenOf("read") });
    equal((await nsqd!.channel("ledger", "audit")).paused, false);
  });

  test("console says so on an open page when a token is no longer one", async (stage) => {
    await stage.nsqds[0]!.create("lasting");
    await stage.visit("/", async (page) => {
      await row(page, "lasting").first().waitFor();
      allow("admin");
      await stage.admin.waitForLog(/HTTP tokens read again/);
      await page.getByText(/UNAUTHORIZED: nobody has this token/).first().waitFor();
      ok(await row(page, "lasting").first().isVisible(), "what was there stays to be seen");
      allow("read", "admin");
      await eventually(async () => {
        match(await page.locator("body").innerText(), /^(?![^]*UNAUTHORIZED)/);
      });
    }, { token: tokenOf("read") });
  });
});
