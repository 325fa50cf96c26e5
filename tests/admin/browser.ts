/** A headless Chromium that looks at a console, and a cluster for it to show. */
/// <reference lib="dom" />
import axe from "axe-core";
import { type Browser, chromium, type Locator, type Page } from "playwright-core";
import { deepEqual, equal } from "../harness/assert.ts";
import { type Admin, startAdmin } from "../harness/admin.ts";
import { eventually } from "../harness/eventually.ts";
import { isCi } from "../harness/required.ts";
import { type Lookupd, startLookupd } from "../harness/lookupd.ts";
import { type Nsqd, startNsqd } from "../harness/nsqd.ts";
import { bundleWeb } from "../../scripts/bundle_web.ts";

/** Debian's package `chromium`; another one by the environment. */
const CHROMIUM_PATH = Deno.env.get("CHROMIUM") ?? "/usr/bin/chromium";

/** How long a page may take to show something: new figures come every 5 s, and the machine may be busy. */
export const SHOW_DEADLINE_MS = 45_000;

/** Whether there is a browser. In CI there must be one: a test without it fails. */
const hasChromium = await Deno.stat(CHROMIUM_PATH).then(() => true, () => false);

/** What a suite's stage is like. */
export interface StageSettings {
  /** Number of nsqds. */
  nodes: number;
  /** Number of lookupds that the console asks; the nsqds register with all. Default: 1. */
  lookupds?: number;
  /** Of the console, as `/x`. */
  basePath?: string;
  /** More flags of the console. */
  flags?: readonly string[];
}

/** A cluster, a console and a browser, for the tests of one file. */
export class Stage {
  private constructor(
    readonly browser: Browser,
    readonly lookupds: Lookupd[],
    readonly nsqds: Nsqd[],
    public admin: Admin,
    readonly settings: StageSettings,
  ) {}

  get lookupd(): Lookupd {
    return this.lookupds[0]!;
  }

  static async set(settings: StageSettings): Promise<Stage> {
    const { nodes, lookupds: lookupdCount = 1 } = settings;
    await bundleWeb(); // tests from source serve it: one made earlier may not be of these sources
    const lookupds: Lookupd[] = [];
    for (let at = 0; at < lookupdCount; at++) lookupds.push(await startLookupd());
    const nsqds: Nsqd[] = [];
    for (let at = 0; at < nodes; at++) nsqds.push(await startRegistered(lookupds));
    const admin = await startConsole(settings, lookupds);
    const browser = await chromium.launch({
      executablePath: CHROMIUM_PATH,
      args: ["--no-sandbox", "--disable-dev-shm-usage"],
    });
    return new Stage(browser, lookupds, nsqds, admin, settings);
  }

  /** Puts a new console in the place of the one before. It remembers nothing. */
  async restartConsole(): Promise<void> {
    await this.admin[Symbol.asyncDispose]();
    this.admin = await startConsole(this.settings, this.lookupds);
  }

  async strike(): Promise<void> {
    await this.browser.close();
    for (const daemon of [this.admin, ...this.nsqds, ...this.lookupds]) {
      await daemon[Symbol.asyncDispose]();
    }
  }

  /** Name of a node, as the console has it. */
  nodeName(at = 0): string {
    return `127.0.0.1:${this.nsqds[at]!.httpPort}`;
  }

  /** Opens an address of the console; ends with an error if the page had one. */
  async visit(
    path: string,
    look: (page: Page) => Promise<void>,
    options: { width?: number; dark?: boolean; token?: string } = {},
  ): Promise<void> {
    const { width = 1280, dark = false, token } = options;
    const context = await this.browser.newContext({
      viewport: { width, height: 900 },
      colorScheme: dark ? "dark" : "light",
      reducedMotion: "reduce", // nothing is looked at while it is on its way
      // What somebody types whom the browser asks for it.
      ...token !== undefined && { httpCredentials: { username: "anybody", password: token } },
    });
    const complaints: string[] = [];
    try {
      const page = await context.newPage();
      page.setDefaultTimeout(SHOW_DEADLINE_MS);
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("console", (message) => {
        // What the network refuses is logged, too, and is what some tests are about.
        if (message.type() === "error" && !message.text().startsWith("Failed to load")) {
          complaints.push(message.text());
        }
      });
      await page.goto(this.admin.url + path);
      await look(page);
    } finally {
      await context.close();
    }
    deepEqual(complaints, [], `what the browser complained about at ${path}`);
  }
}

function startConsole(
  { basePath = "", flags = [] }: StageSettings,
  lookupds: readonly Lookupd[],
): Promise<Admin> {
  const asked = lookupds.map(({ httpPort }) => `--lookupd-http-address=127.0.0.1:${httpPort}`);
  return startAdmin({
    basePath,
    flags: [...asked, "--http-client-request-timeout=4s", ...flags],
  });
}

/** Starts an nsqd that the lookupds know by its address on the loopback. */
export async function startRegistered(
  lookupds: readonly Lookupd[],
  ...more: string[]
): Promise<Nsqd> {
  const nsqd = await startNsqd({
    flags: [
      ...lookupds.map(({ tcpPort }) => `--lookupd-tcp-address=127.0.0.1:${tcpPort}`),
      "--broadcast-address=127.0.0.1",
      "--e2e-processing-latency-percentile=0.99",
      ...more,
    ],
  });
  for (const lookupd of lookupds) {
    await eventually(async () => {
      const nodes = await lookupd.nodes();
      equal(nodes.some((node) => node.http_port === nsqd.httpPort), true, "registered");
    });
  }
  return nsqd;
}

/** Registers one test that is given the stage. */
export type BrowserTest = (name: string, body: (stage: Stage) => Promise<void>) => void;

/**
 * Registers tests that share a stage. The browser has its own processes and timers under way all the
 * time, so what a test leaves open cannot be checked.
 */
export function browserSuite(
  settings: StageSettings,
  register: (test: BrowserTest) => void,
): void {
  const ignore = !hasChromium && !isCi;
  let stage: Stage | undefined;
  Deno.test.beforeAll(async () => {
    if (ignore) return;
    if (!hasChromium) throw new Error(`${CHROMIUM_PATH} is missing: apt-get install chromium`);
    stage = await Stage.set(settings);
  });
  Deno.test.afterAll(() => stage?.strike());
  register((name, body) =>
    Deno.test({
      name,
      ignore,
      sanitizeOps: false,
      sanitizeResources: false,
      fn: () => body(stage!),
    })
  );
}

/** Expects that axe finds no violation of accessibility that is serious or worse. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    // deno-lint-ignore no-explicit-any
    const { violations } = await (globalThis as any).axe.run(document);
    // deno-lint-ignore no-explicit-any
    return violations.map(({ id, impact, nodes }: any) => ({
      id,
      impact,
      // deno-lint-ignore no-explicit-any
      nodes: nodes.slice(0, 3).map((node: any) => node.html),
    }));
  });
  const serious = found.filter(({ impact }: { impact: string }) =>
    impact === "serious" || impact === "critical"
  );
  deepEqual(serious, [], `accessibility of ${page.url()}`);
}

/** Expects that nothing is wider than the window. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const surplus = await page.evaluate(() =>
    document.documentElement.scrollWidth - globalThis.innerWidth
  );
  equal(surplus <= 0, true, `${page.url()} is ${surplus} px too wide`);
}

/** Expects that all of every table is to be seen, whatever it holds. */
export async function expectNothingCutOff(page: Page): Promise<void> {
  const cut = await page.evaluate(() =>
    [...document.querySelectorAll(".table-box, .totals, .facts, .top")]
      .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth + 1)
      .map((element) => `${element.className}: ${element.textContent?.slice(0, 60)}`)
  );
  deepEqual(cut, [], `cut off at ${page.url()}, ${page.viewportSize()?.width} px wide`);
}

/** The table row whose heading is `name`. */
export function row(page: Page, name: string): Locator {
  return page.locator("tbody tr", { has: page.locator("th", { hasText: name }) });
}

/** The text of a cell, by its column. */
export async function cell(page: Page, name: string, column: string): Promise<string> {
  const text = await row(page, name).first().locator(`td[data-label="${column}"]`).textContent();
  return text ?? "";
}
