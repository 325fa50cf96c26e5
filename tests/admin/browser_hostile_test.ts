/** The console in a browser among brokers, bodies, proxies and visitors that mean no good or make no sense. */
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import { startAdmin } from "../harness/admin.ts";
import { eventually } from "../harness/eventually.ts";
import {
  browserSuite,
  cell,
  expectNoSidewaysScroll,
  expectNothingCutOff,
  row,
  SHOW_DEADLINE_MS,
  type Stage,
} from "./browser.ts";
import { brokerWith, CuttingProxy, FakeDaemon } from "./hostile_broker.ts";

const SCRIPT =
  `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;

/** What a broker may say that no nsqd would. */
const NONSENSE: [what: string, topics: unknown][] = [
  ["no list", { a: 1 }],
  ["null", null],
  ["things that are no topics", [null, 7, "x", [], {
    channels: [null, 1, { clients: [null, 3] }],
  }]],
  ["names that are markup", [{
    topic_name: SCRIPT,
    channels: [{ channel_name: SCRIPT, depth: 3, clients: [{ hostname: SCRIPT }] }],
  }]],
  [
    "names that are paths",
    ["..", ".", "a/b", "a%2Fb", "?q", "#x", "", " ", "%", "\u202eabc"].map(
      (topic_name) => ({ topic_name, channels: [{ channel_name: topic_name }] }),
    ),
  ],
  ["figures that are none", [{
    topic_name: "odd",
    depth: -5,
    backend_depth: "many",
    message_count: 1e308,
    message_bytes: null,
    channels: [{
      channel_name: "c",
      depth: 1e21,
      in_flight_count: {},
      timeout_count: "Infinity",
      clients: [{ connect_ts: "soon", ready_count: -1 }],
      e2e_processing_latency: { percentiles: [{ quantile: "x", value: null }, null], count: 1 },
    }],
  }]],
];

const PATHS = ["/", "/nodes", "/counter", "/lookup", "/policies"];

/** Visits with a console of its own, instead of the stage's. */
async function visitOther(
  stage: Stage,
  url: string,
  look: Parameters<Stage["visit"]>[1],
): Promise<void> {
  await stage.visit("/ping", async (page) => {
    await page.goto(url);
    await look(page);
  });
}

browserSuite({ nodes: 1 }, (test) => {
  test("console shows what it can of brokers that talk nonsense, and nothing runs", async (stage) => {
    await using fake = new FakeDaemon(brokerWith([]));
    await using admin = await startAdmin({
      flags: [
        `--nsqd-http-address=127.0.0.1:${fake.port}`,
        `--nsqd-http-address=127.0.0.1:${stage.nsqds[0]!.httpPort}`,
      ],
    });
    await stage.nsqds[0]!.create("sane", "c");
    for (const [what, topics] of NONSENSE) {
      fake.answer = brokerWith(topics);
      await admin.http("/api/console/overview?fresh").then((each) => each.body?.cancel());
      // One window for all pages: to open one costs more than to look at a page.
      await stage.visit("/ping", async (page) => {
        for (const path of PATHS) {
          await page.goto(admin.url + path);
          await page.locator("[role=table], .empty-note").first().waitFor();
          ok(!/owned/.test(await page.title()), what);
          equal(await page.locator("main img").count(), 0, what);
          if (path === "/") await row(page, "sane").waitFor();
          await expectNoSidewaysScroll(page);
        }
      });
    }
    const odd = `${admin.url}/topics/odd`;
    await visitOther(stage, odd, (page) => row(page, "c").first().waitFor());
    await visitOther(stage, `${odd}/c`, (page) => page.getByRole("table").first().waitFor());
  });

  test("console says in words that a broker answers slowly, with an error, with a page or far too much", async (stage) => {
    await using fake = new FakeDaemon(brokerWith([]));
    await using admin = await startAdmin({
      flags: [
        `--nsqd-http-address=127.0.0.1:${fake.port}`,
        `--nsqd-http-address=127.0.0.1:${stage.nsqds[0]!.httpPort}`,
        "--http-client-request-timeout=2s",
      ],
    });
    await stage.nsqds[0]!.create("sane", "c");
    await visitOther(stage, admin.url, (page) => row(page, "sane").waitFor());
    const ends: (() => void)[] = [];
    const answers: [string, () => Response | Promise<Response>][] = [
      ["500", () => new Response("oops", { status: 500 })],
      [
        "a page",
        () => new Response("<html>a proxy</html>", { headers: { "content-type": "text/html" } }),
      ],
      ["cut", () => new Response('{"topics":[{')],
      ["huge", () => new Response("x".repeat(30_000_000))],
      ["silence", () => new Promise((resolve) => ends.push(() => resolve(new Response())))],
    ];
    try {
      for (const [what, answer] of answers) {
        const known = brokerWith([]);
        fake.answer = (url) => url.pathname === "/stats" ? answer() : known(url);
        await visitOther(stage, admin.url + "/?fresh", async (page) => {
          await row(page, "sane").waitFor();
          const warning = page.locator(".note.warning");
          await warning.first().waitFor({ timeout: 2 * SHOW_DEADLINE_MS });
          await page.locator(".problem", { hasText: "Node does not answer" }).first().waitFor();
          await eventually(async () =>
            match(await page.locator("main").innerText(), /1 daemon did not answer/, what)
          );
        });
      }
    } finally {
      for (const end of ends) end();
    }
  });

  test("console shows bodies as they are: markup, large JSON, bytes, text from right to left", async (stage) => {
    const [nsqd] = stage.nsqds;
    const bodies = [
      SCRIPT,
      JSON.stringify({ list: Array.from({ length: 90_000 }, (_, at) => at), html: SCRIPT }),
      `{"id":12345678901234567890,"html":"${"</pre><h1>x</h1>"}"}`,
      "\u05e9\u05dc\u05d5\u05dd \u202eevil\u202c",
      "line\u0000with\u0007controls\u001b[31m",
      "x".repeat(5_000),
    ];
    await nsqd!.create("bodies", "c");
    for (const body of bodies) await nsqd!.post("/pub?topic=bodies", body);
    await nsqd!.post("/pub?topic=bodies", Uint8Array.from({ length: 256 }, (_, at) => at));
    for (const width of [390, 1280]) {
      await stage.visit("/topics/bodies/c", async (page) => {
        await page.getByRole("button", { name: "Queued", exact: true }).click();
        const items = page.locator(".peeked li");
        await eventually(async () => ok(await items.count() > bodies.length));
        const text = await page.locator(".peeked").innerText();
        ok(text.includes("12345678901234567890"), "no digit is lost");
        ok(text.includes(SCRIPT));
        equal(await page.locator(".peeked img, .peeked h1, .peeked script").count(), 0);
        ok(!/owned/.test(await page.title()));
        await items.getByText("Only the beginning is shown.").first().waitFor();
        await expectNoSidewaysScroll(page);
        await page.getByRole("button", { name: "Start live tail" }).click();
        await page.getByText("Listening.").waitFor();
        for (const body of bodies) await nsqd!.post("/pub?topic=bodies", body);
        const tailed = page.locator(".tail:not(.peeked) li");
        await eventually(async () => equal(await tailed.count(), bodies.length), SHOW_DEADLINE_MS);
        await expectNoSidewaysScroll(page);
        await expectNothingCutOff(page);
      }, { width });
    }
  });

  test("console behind a proxy that breaks connections off, or answers itself, says so and recovers", async (stage) => {
    const [nsqd] = stage.nsqds;
    await nsqd!.create("through", "c");
    await using proxy = new CuttingProxy(stage.admin.httpPort);
    await visitOther(stage, `http://127.0.0.1:${proxy.port}/topics/through`, async (page) => {
      await row(page, "c").waitFor();
      proxy.limit = 20;
      await nsqd!.post("/pub?topic=through", "1");
      await page.getByRole("button", { name: /Stale/ }).waitFor({ timeout: 2 * SHOW_DEADLINE_MS });
      const said = page.getByText(/No new figures: .*the console/);
      await said.first().waitFor();
      await page.getByRole("button", { name: "Pause", exact: true }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Pause topic" }).click();
      await page.getByRole("dialog").getByText(/the console/).waitFor();
      proxy.limit = Infinity;
      await page.keyboard.press("Escape");
      await said.first().waitFor({ state: "detached", timeout: 2 * SHOW_DEADLINE_MS });
      await page.getByRole("button", { name: /Live/ }).waitFor();
    });
    await stage.visit("/topics/through", async (page) => {
      await row(page, "c").waitFor();
      await page.route(
        "**/api/console/**",
        (route) =>
          route.fulfill({
            status: 502,
            contentType: "text/html",
            body: "<html>Bad Gateway</html>",
          }),
      );
      await page.getByText("what answered (status 502) is not the console").first()
        .waitFor({ timeout: 2 * SHOW_DEADLINE_MS });
      await page.unroute("**/api/console/**");
      await page.getByRole("button", { name: /Live/ }).waitFor({ timeout: 2 * SHOW_DEADLINE_MS });
    });
  });

  test("console tells ages rightly to a browser whose clock is wrong", async (stage) => {
    for (const hours of [-7, 30]) {
      await stage.visit("/ping", async (page) => {
        await page.addInitScript((ms) => {
          const now = Date.now;
          Date.now = () => now() + ms;
        }, hours * 3_600_000);
        await page.goto(`${stage.admin.url}/nodes`);
        await row(page, stage.nodeName()).waitFor();
        await eventually(async () =>
          match(await cell(page, stage.nodeName(), "Up for"), /^[\d.]+ (s|min)( \d+ s)?$/)
        );
        await page.getByRole("button", { name: /^Live/ }).waitFor();
      });
    }
  });

  test("two tabs that act on the same topic are both told the truth", async (stage) => {
    const [nsqd] = stage.nsqds;
    await nsqd!.create("shared", "c");
    await stage.visit("/topics/shared", async (page) => {
      const other = await page.context().newPage();
      const complaints: string[] = [];
      other.on("pageerror", (error) => complaints.push(error.message));
      await other.goto(`${stage.admin.url}/topics/shared`);
      await row(page, "c").waitFor();
      await row(other, "c").waitFor();
      // Both want to pause: the second one's question is not turned into its opposite.
      await page.getByRole("button", { name: "Pause", exact: true }).click();
      await other.getByRole("button", { name: "Pause", exact: true }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Pause topic" }).click();
      await page.getByText("Topic shared is paused.").waitFor();
      await other.getByRole("button", { name: "Unpause", exact: true })
        .waitFor({ state: "attached", timeout: SHOW_DEADLINE_MS });
      equal(await other.getByRole("dialog").count(), 0);
      equal((await nsqd!.topic("shared")).paused, true);
      // One deletes what the other is asked about.
      await other.getByRole("button", { name: "Empty", exact: true }).click();
      await page.getByRole("button", { name: "Delete", exact: true }).click();
      await page.getByRole("dialog").getByRole("textbox").fill("shared");
      await page.getByRole("dialog").getByRole("button", { name: "Delete topic" }).click();
      await page.getByRole("heading", { level: 1, name: "Streams" }).waitFor();
      await other.getByText("There is no such topic").waitFor({ timeout: SHOW_DEADLINE_MS });
      equal(await other.getByRole("dialog").count(), 0);
      deepEqual(complaints, []);
    });
  });

  test("console goes back to where one was, and survives a reload in the middle of an action", async (stage) => {
    const [nsqd] = stage.nsqds;
    for (let at = 0; at < 60; at++) await nsqd!.create(`back-${at}`, "c");
    await stage.visit("/?q=back-&page=2", async (page) => {
      await page.getByText("page 2 of 2").waitFor();
      await page.getByRole("link", { name: "back-9", exact: true }).click();
      await page.getByRole("heading", { level: 1, name: "back-9" }).waitFor();
      await page.getByRole("button", { name: "Delete", exact: true }).click();
      await page.goBack();
      await page.getByText("page 2 of 2").waitFor();
      equal(await page.getByRole("dialog").count(), 0);
      equal(await page.getByLabel("Search topics and channels").inputValue(), "back-");
      await page.goForward();
      await page.getByRole("heading", { level: 1, name: "back-9" }).waitFor();
      Deno.kill(nsqd!.pid, "SIGSTOP");
      try {
        await page.getByRole("button", { name: "Pause", exact: true }).click();
        await page.getByRole("dialog").getByRole("button", { name: "Pause topic" }).click();
        await page.getByRole("dialog").getByRole("button", { name: "Working…" }).waitFor();
        await page.reload();
      } finally {
        Deno.kill(nsqd!.pid, "SIGCONT");
      }
      await page.getByRole("heading", { level: 1, name: "back-9" }).waitFor();
      const isPaused = async () => (await nsqd!.topic("back-9")).paused;
      await eventually(async () => {
        const button = await isPaused() ? "Unpause" : "Pause";
        equal(await page.getByRole("button", { name: button, exact: true }).count(), 1);
      }, SHOW_DEADLINE_MS);
    });
  });

  test("an action whose dialog was closed meanwhile still tells what became of it", async (stage) => {
    const [nsqd] = stage.nsqds;
    await nsqd!.create("closed", "c");
    await stage.visit("/topics/closed", async (page) => {
      await row(page, "c").waitFor();
      Deno.kill(nsqd!.pid, "SIGSTOP");
      try {
        await page.getByRole("button", { name: "Pause", exact: true }).click();
        await page.getByRole("dialog").getByRole("button", { name: "Pause topic" }).click();
        await page.keyboard.press("Escape");
        await page.locator(".notices .error").getByText(/Pause topic closed: .*timeout/).waitFor();
      } finally {
        Deno.kill(nsqd!.pid, "SIGCONT");
      }
    });
  });

  test("console stays whole through a thousand actions under somebody's eyes", async (stage) => {
    const [nsqd] = stage.nsqds;
    await nsqd!.create("restless", "c");
    await stage.visit("/topics/restless/c", async (page) => {
      await page.getByRole("button", { name: "Pause", exact: true }).waitFor();
      const act = async (deed: string) => {
        const response = await stage.admin.http("/api/console/actions", {
          method: "POST",
          body: JSON.stringify({ deed, topic: "restless", channel: "c" }),
        });
        const { failed } = await response.json();
        deepEqual(failed, []);
      };
      for (let round = 0; round < 50; round++) {
        await Promise.all(Array.from({ length: 20 }, (_, at) => act(at % 2 ? "pause" : "unpause")));
      }
      await act("pause");
      await page.getByRole("button", { name: "Unpause", exact: true }).waitFor();
      await page.getByRole("button", { name: /^Live/ }).waitFor();
    });
  });
});
