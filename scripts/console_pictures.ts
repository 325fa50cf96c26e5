/**
 * Takes pictures of the console over a busy cluster, and over an empty one: of all pages and dialogs, in four widths, light and dark, for
 * somebody to look at; or the one in the README, `docs/console.png`.
 *
 *     deno task console-pictures [--out=FOLDER] [--only=PART OF A NAME]
 *     deno task picture
 */
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Page } from "playwright-core";
import { row, Stage } from "../tests/admin/browser.ts";
import { BusyCluster, LONG, LONG_EPHEMERAL } from "./console_pictures/busy_cluster.ts";

const WIDTHS = [390, 768, 1280, 1920];

/** For charts to have something to show, in ms. */
const HISTORY_MS = 45_000;

/** The README's picture shows more of the past, and has a limit. */
const README_PICTURE = join(resolve(import.meta.dirname!, ".."), "docs", "console.png");
const README_HISTORY_MS = 150_000;
const README_LIMIT_BYTES = 150_000;

/** A name and a colour, as a cluster that matters has them. */
const NAMED = ["--cluster-name=payments-production", "--environment-colour=red"];

/** One thing to take pictures of. */
interface Motif {
  name: string;
  path: string;
  /** Brings it about, once the page is there. */
  act?(page: Page): Promise<unknown>;
  /** What floats over the page is not part of it: then the window is taken, not the whole page. */
  isWindow?: boolean;
}

const press = (name: string | RegExp) => (page: Page) =>
  page.getByRole("button", { name }).first().click();

function calmMotifs(stage: Stage): Motif[] {
  return [
    { name: "streams", path: "/" },
    { name: "streams-search", path: "/?q=a-name&sort=depth&order=desc" },
    { name: "topic", path: "/topics/orders" },
    { name: "topic-tail", path: "/topics/clickstream", act: press("Start live tail") },
    { name: "channel", path: "/topics/clickstream/warehouse" },
    { name: "channel-at-fault", path: "/topics/orders/fulfilment" },
    {
      name: "channel-dead",
      path: "/topics/orders/mail",
      async act(page) {
        await page.getByText("Policies in force here").click();
        await page.getByRole("button", { name: /^Dead \(/ }).click();
        await page.locator(".peeked li").first().waitFor();
      },
    },
    { name: "topic-long", path: `/topics/${LONG}` },
    { name: "channel-long", path: `/topics/${LONG}/${encodeURIComponent(LONG_EPHEMERAL)}` },
    { name: "nodes", path: "/nodes" },
    { name: "node", path: `/nodes/${stage.nodeName()}` },
    { name: "counter", path: "/counter" },
    { name: "lookup", path: "/lookup" },
    { name: "policies", path: "/policies" },
    { name: "unknown-topic", path: "/topics/nobody-made-this" },
    { name: "unknown-node", path: "/nodes/10.0.0.1:4151" },
    { name: "unknown-page", path: "/no/such/page" },
    { name: "listed-topic", path: "/topics/forgotten" },
  ];
}

function dialogMotifs(stage: Stage): Motif[] {
  const dialogs: Motif[] = [
    { name: "create", path: "/lookup", act: press("Create topic…") },
    { name: "pause", path: "/topics/orders", act: press("Pause") },
    { name: "unpause", path: "/topics/payments/ledger", act: press("Unpause") },
    { name: "empty", path: "/topics/clickstream/fraud-detection", act: press("Empty") },
    { name: "delete", path: `/topics/${LONG}`, act: press("Delete") },
    { name: "tombstone", path: "/topics/orders", act: press("Tombstone") },
    {
      name: "many",
      path: "/",
      async act(page) {
        await page.getByLabel("Select all of Topics").check();
        await page.getByRole("group", { name: "Selected" }).getByRole("button", { name: "Delete" })
          .click();
      },
    },
    {
      name: "policy",
      path: "/policies",
      async act(page) {
        await row(page, "mail-limits").getByRole("button", { name: "Edit" }).click();
        await page.getByRole("button", { name: "Preview" }).click();
        await page.locator(".preview").waitFor();
      },
    },
    { name: "drain", path: `/nodes/${stage.nodeName()}`, act: press("Drain…") },
    {
      name: "kick",
      path: "/topics/orders/mail",
      async act(page) {
        await page.getByRole("button", { name: /^Dead \(/ }).click();
        await page.getByRole("button", { name: "Kick all" }).click();
      },
    },
    { name: "keys", path: "/nodes", act: (page) => page.keyboard.press("?") },
    {
      name: "columns",
      path: "/nodes",
      act: (page) => page.getByLabel("Columns of Nodes").first().press("Enter"),
    },
  ];
  return dialogs.map((each) => ({ ...each, name: `dialog-${each.name}`, isWindow: true }));
}

/** With a broker lost and one that drains. */
function unhappyMotifs(stage: Stage): Motif[] {
  return [
    {
      name: "unhappy-streams",
      path: "/",
      async act(page) {
        await page.locator(".problem").evaluateAll((all) =>
          all.forEach((each) => each.setAttribute("open", ""))
        );
        await page.getByLabel("Select all of Topics").check();
      },
    },
    { name: "unhappy-topic", path: "/topics/orders" },
    { name: "unhappy-channel", path: "/topics/orders/fulfilment" },
    { name: "unhappy-nodes", path: "/nodes" },
    { name: "unhappy-node-lost", path: `/nodes/${stage.nodeName(2)}` },
    { name: "unhappy-node-draining", path: `/nodes/${stage.nodeName(1)}` },
    { name: "unhappy-counter", path: "/counter" },
    { name: "unhappy-policies", path: "/policies" },
    { name: "unhappy-lookup", path: "/lookup" },
  ];
}

const { values } = parseArgs({
  options: {
    readme: { type: "boolean", default: false },
    out: { type: "string", default: "dist/pictures" },
    only: { type: "string", default: "" },
  },
});
const { out, only } = values;

async function take(stage: Stage, motifs: readonly Motif[]): Promise<void> {
  for (const { name, path, act, isWindow = false } of motifs) {
    if (!name.includes(only)) continue;
    for (const dark of [false, true]) {
      try {
        await stage.visit(path, async (page) => {
          await page.locator("h1").waitFor();
          await page.locator("[role=table], .note, .empty-note, .card").first().waitFor();
          await act?.(page);
          for (const width of WIDTHS) {
            await page.setViewportSize({ width, height: 900 });
            await settled(page);
            const file = `${out}/${name}-${width}-${dark ? "dark" : "light"}.png`;
            await page.screenshot({ path: file, fullPage: !isWindow });
          }
        }, { dark });
      } catch (error) {
        console.error(`${name}, ${dark ? "dark" : "light"}: ${error}`);
        Deno.exitCode = 1;
      }
    }
    console.log(name);
  }
}

/** Tables look for their fit, and charts are drawn, after a change of width. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
  await page.waitForTimeout(250);
}

async function takeAll(): Promise<void> {
  await Deno.mkdir(out, { recursive: true });
  const busy = await Stage.set({ nodes: 3, flags: NAMED });
  try {
    await using cluster = await BusyCluster.fill(busy);
    await cluster.goToExtremes();
    await busy.visit("/", (page) => page.waitForTimeout(HISTORY_MS));
    await take(busy, calmMotifs(busy));
    await take(busy, dialogMotifs(busy));
    await cluster.misfortune();
    await busy.visit(
      "/",
      (page) => page.getByText("nodes lost, of 3").waitFor({ timeout: 60_000 }),
    );
    await take(busy, unhappyMotifs(busy));
  } finally {
    await busy.strike();
  }
  const empty = await Stage.set({ nodes: 1 });
  try {
    await take(empty, [
      { name: "empty-streams", path: "/" },
      { name: "empty-nodes", path: "/nodes" },
      { name: "empty-lookup", path: "/lookup" },
      { name: "empty-policies", path: "/policies" },
      { name: "empty-counter", path: "/counter" },
    ]);
  } finally {
    await empty.strike();
  }
}

/** The one in the README. @throws Error if it is too large for a page that everybody loads first */
async function takeForReadme(): Promise<void> {
  const stage = await Stage.set({ nodes: 3 });
  try {
    await using _cluster = await BusyCluster.fill(stage);
    await stage.visit("/", async (page) => {
      await row(page, "orders").first().waitFor();
      await page.waitForTimeout(README_HISTORY_MS);
      await page.screenshot({ path: README_PICTURE, fullPage: true });
    });
  } finally {
    await stage.strike();
  }
  const { size } = await Deno.stat(README_PICTURE);
  console.log(`${README_PICTURE}: ${(size / 1000).toFixed(0)} KB`);
  if (size > README_LIMIT_BYTES) throw new Error(`over ${README_LIMIT_BYTES / 1000} KB`);
}

await (values.readme ? takeForReadme() : takeAll());
Deno.exit(); // the browser's driver keeps timers
