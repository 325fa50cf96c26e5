/** When something fails the console says what is known, since when, and what is missing. */
import type { Page } from "playwright-core";
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import { eventually } from "../harness/eventually.ts";
import { startLookupd } from "../harness/lookupd.ts";
import type { Nsqd } from "../harness/nsqd.ts";
import {
  browserSuite,
  cell,
  expectAccessible,
  expectNoSidewaysScroll,
  row,
  SHOW_DEADLINE_MS,
  type Stage,
  startRegistered,
} from "./browser.ts";

const TIME = String.raw`\d\d:\d\d:\d\d`;

/** Freezes a broker while `body` runs. */
async function frozen(nsqd: Nsqd, body: () => Promise<void>): Promise<void> {
  Deno.kill(nsqd.pid, "SIGSTOP");
  try {
    await body();
  } finally {
    Deno.kill(nsqd.pid, "SIGCONT");
  }
}

/** Waits until the page says something that matches. */
async function says(page: Page, text: RegExp, within = "body"): Promise<void> {
  await eventually(
    async () => match(await page.locator(within).first().innerText(), text),
    SHOW_DEADLINE_MS,
  );
}

const totals = (page: Page, text: RegExp) => says(page, text, ".totals");

/** Messages on both nodes, seen by the console. */
async function fill(stage: Stage, topic: string): Promise<void> {
  for (const [at, nsqd] of stage.nsqds.slice(0, 2).entries()) {
    await nsqd.create(topic, "worker");
    await nsqd.post(`/mpub?topic=${topic}`, "x\n".repeat(at === 0 ? 30 : 1104));
  }
  await eventually(async () => {
    const response = await stage.admin.http(`/api/console/topics/${topic}/worker?fresh`);
    equal((await response.json()).total.depth, 1134);
  });
}

browserSuite({ nodes: 2, lookupds: 2 }, (test) => {
  test("console shows a topic at once that is younger than its last look", async (stage) => {
    await stage.visit("/", async (page) => {
      await page.getByRole("button", { name: /Live/ }).waitFor();
      await stage.nsqds[0]!.create("young", "first");
      await page.goto(`${stage.admin.url}/topics/young`);
      await row(page, "first").waitFor();
      await page.goto(`${stage.admin.url}/topics/young/first`);
      await page.getByRole("table", { name: "Nodes of first" }).waitFor();
    });
  });

  test("console offers nothing to do with a topic or channel that nobody has", async (stage) => {
    await stage.nsqds[0]!.create("known", "c");
    for (const [path, what] of [["/topics/never", "topic"], ["/topics/known/never", "channel"]]) {
      await stage.visit(path!, async (page) => {
        await page.getByText(`There is no such ${what}`).waitFor();
        for (const name of ["Pause", "Empty", "Delete", "Create channel…"]) {
          equal(await page.getByRole("button", { name, exact: true }).count(), 0, name);
        }
        equal(await page.getByText("No channels: messages wait").count(), 0);
        await expectAccessible(page);
      });
    }
  });

  test("console's sums say what they lack while a broker hangs, and are whole again", async (stage) => {
    await fill(stage, "orders");
    const name = stage.nodeName(1);
    await stage.visit("/", async (page) => {
      await totals(page, /waiting\s*1,134/);
      await frozen(stage.nsqds[1]!, async () => {
        const lack = new RegExp(`\\+ ${name}, unknown since ${TIME}, last 1,104`);
        await says(page, lack);
        await totals(page, /waiting\s*30\b|30\s[^]*waiting/);
        await eventually(async () =>
          match(await cell(page, "orders", "Depth"), /^30\+ 1,104 last/)
        );
        await says(
          page,
          /Node does not answer[^]*1,104 waiting then[^]*last answer at \d\d:/,
          ".problems",
        );
        await says(
          page,
          /now 30 \+ 1,104 last of lost nodes, at most 1,134/,
          "figure:nth-of-type(2)",
        );
        await expectAccessible(page);
        await expectNoSidewaysScroll(page);

        await page.goto(`${stage.admin.url}/topics/orders/worker`);
        await says(page, lack, "tfoot");
        await row(page, name).getByText(new RegExp(`lost, figures of ${TIME}`)).waitFor();
        match(await cell(page, name, "Depth"), /^1,104$/);

        await page.goto(`${stage.admin.url}/counter`);
        await says(
          page,
          new RegExp(`\\+ ${name}, unknown since ${TIME}, last [\\d,]+`),
          ".counter",
        );

        await page.goto(`${stage.admin.url}/nodes/${name}`);
        await says(page, new RegExp(`What follows is what it said at ${TIME}`));
        await says(page, /waiting\s*1,104/, ".facts");
        await says(page, /not known now, /, "figure:nth-of-type(2)");
      });
      await page.goto(stage.admin.url + "/");
      await eventually(async () => {
        equal(await cell(page, "orders", "Depth"), "1,134");
        equal(await page.locator(".lack").count(), 0);
      }, SHOW_DEADLINE_MS);
    });
  });

  test("console that was restarted says of a broker that hangs that it knows nothing", async (stage) => {
    await frozen(stage.nsqds[1]!, async () => {
      await stage.restartConsole();
      await stage.visit("/", async (page) => {
        const since = "unknown since the console started";
        await says(page, new RegExp(`30 waiting \\+ ${stage.nodeName(1)}, ${since}`));
        await says(page, /no answer since the console started/, ".problems");
        await page.goto(`${stage.admin.url}/nodes`);
        await row(page, stage.nodeName(1)).getByText("lost, not known").waitFor();
        equal(await cell(page, stage.nodeName(1), "Depth"), "?");
        await page.goto(`${stage.admin.url}/nodes/${stage.nodeName(1)}`);
        await says(page, /waiting\s*not known/, ".facts");
      });
    });
    await stage.visit("/", async (page) => {
      await eventually(
        async () => equal(await cell(page, "orders", "Depth"), "1,134"),
        SHOW_DEADLINE_MS,
      );
    });
  });

  test("console says where an action did not happen, and repeats it there", async (stage) => {
    await fill(stage, "jobs");
    const [answering, hung] = stage.nsqds;
    const name = stage.nodeName(1);
    await stage.visit("/topics/jobs/worker", async (page) => {
      const dialog = page.getByRole("dialog");
      await frozen(hung!, async () => {
        await row(page, name).getByText("lost").waitFor();
        await page.getByRole("button", { name: "Empty", exact: true }).click();
        await dialog.getByText(`${name} does not answer since`).waitFor();
        await dialog.getByText("held 1,104 messages then").waitFor();
        await dialog.getByRole("textbox").fill("worker");
        await dialog.getByRole("button", { name: "Empty channel" }).click();
        await says(
          page,
          new RegExp(
            `Done on 1 of 2\\. It did not happen on:\\s*${name}: timeout\\. ` +
              `It held 1,104 messages at ${TIME}`,
          ),
          "dialog",
        );
        equal(await page.getByText("was emptied").count(), 0);
        equal((await answering!.channel("jobs", "worker")).depth, 0);
        await expectAccessible(page);
      });
      await answering!.post("/pub?topic=jobs", "later");
      await dialog.getByRole("button", { name: "Repeat there" }).click();
      await page.getByText("Channel worker was emptied.").waitFor();
      equal((await hung!.channel("jobs", "worker")).depth, 0);
      equal((await answering!.channel("jobs", "worker")).depth, 1, "only there");
    });
  });

  test("console names the lookupd that did not hear of a new topic", async (stage) => {
    const [, second] = stage.lookupds;
    Deno.kill(second!.pid, "SIGSTOP");
    await stage.visit("/lookup", async (page) => {
      try {
        await page.getByRole("button", { name: "Create topic…" }).click();
        await page.getByRole("dialog").getByLabel("Topic").fill("half");
        await page.getByRole("dialog").getByRole("button", { name: "Create" }).click();
        await says(page, new RegExp(`lookupd 127.0.0.1:${second!.httpPort}: timeout`), "dialog");
      } finally {
        Deno.kill(second!.pid, "SIGCONT");
      }
      await page.getByRole("dialog").getByRole("button", { name: "Repeat there" }).click();
      await page.getByText("Created half.").waitFor();
      ok((await second!.topics()).includes("half"));
    });
  });

  test("console says that lookupds disagree", async (stage) => {
    await using lonely = await startRegistered(stage.lookupds.slice(0, 1));
    await stage.visit("/", async (page) => {
      await says(page, /Lookupds disagree/, ".problems");
      await page.goto(`${stage.admin.url}/nodes`);
      await says(page, /1 of 2/, "table");
    });
    await lonely.stop();
    await stage.visit(`/nodes/127.0.0.1:${lonely.httpPort}`, async (page) => {
      await page.getByRole("button", { name: "forget it" }).click();
      await page.getByRole("heading", { level: 1, name: "Nodes" }).waitFor();
      await row(page, stage.nodeName(0)).waitFor();
      await eventually(
        async () => equal(await row(page, `:${lonely.httpPort}`).count(), 0),
        SHOW_DEADLINE_MS,
      );
    });
  });

  test("console keeps its figures without any lookupd, and says how old its list is", async (stage) => {
    await fill(stage, "kept");
    const ports = stage.lookupds.map(({ tcpPort, httpPort }) => ({ tcp: tcpPort, http: httpPort }));
    await stage.visit("/", async (page) => {
      await row(page, "kept").waitFor();
      for (const lookupd of stage.lookupds) await lookupd.kill();
      await says(page, new RegExp(`No lookupd answers[^]*is known as of ${TIME}`));
      await eventually(async () => equal(await cell(page, "kept", "Depth"), "1,134"));
      match(await page.locator(".totals").innerText(), /nodes\s*2\b|\b2\s*nodes/);
      equal(await page.getByText("Node does not answer").count(), 0);

      await page.goto(`${stage.admin.url}/topics/kept/worker`);
      await page.getByRole("button", { name: "Pause", exact: true }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Pause channel" }).click();
      await page.getByText("Channel worker is paused.").waitFor();
      for (const nsqd of stage.nsqds.slice(0, 2)) {
        equal((await nsqd.channel("kept", "worker")).paused, true);
      }
      await page.goto(`${stage.admin.url}/lookup`);
      await says(page, new RegExp(`lost, figures of ${TIME}`), "table");
    });

    await stage.restartConsole();
    for (
      const [path, what] of [
        ["/", /Not known which topics there are/],
        ["/nodes", /not known how many[^]*Not known which nodes there are/],
        ["/lookup", /Inactive topics \(not known\)[^]*Not known/],
        ["/topics/kept", /Not known whether there is such a topic/],
        ["/counter", /\?\s*messages processed/],
      ] as const
    ) {
      await stage.visit(path, async (page) => {
        await says(page, what);
        const text = await page.locator("body").innerText();
        ok(!/No topics yet|\b0 (nsqds|nodes|topics)|None\./.test(text), text);
        await expectAccessible(page);
      });
    }

    for (const at of [0, 1]) stage.lookupds[at] = await startLookupd({ ports: ports[at]! });
    await stage.visit("/", async (page) => {
      await page.getByText("kept").first().waitFor({ timeout: 40_000 });
      equal(await page.getByText("No lookupd answers").count(), 0);
    });
  });

  test("console keeps what a broker had that died, as old", async (stage) => {
    await fill(stage, "lost");
    await stage.nsqds[1]!.create("alone", "c");
    await stage.nsqds[1]!.post("/mpub?topic=alone", "1\n2\n3");
    await stage.visit("/", async (page) => {
      await eventually(
        async () => equal(await cell(page, "alone", "Depth"), "3"),
        SHOW_DEADLINE_MS,
      );
      await stage.nsqds[1]!.kill();
      await says(
        page,
        new RegExp(`\\+ ${stage.nodeName(1)}, unknown since ${TIME}, last [\\d,]+`),
      );
      await row(page, "alone").getByText(new RegExp(`lost, figures of ${TIME}`)).waitFor();
      equal(await cell(page, "alone", "Depth"), "3");
      equal(await cell(page, "alone", "Rate /s"), "–");
      await page.goto(`${stage.admin.url}/topics/alone`);
      await page.getByText("Only nodes that do not answer have this topic").waitFor();
      await says(page, /not known now, 3 at /, "figure:nth-of-type(2)");
      await page.goto(`${stage.admin.url}/lookup`);
      await page.getByRole("table").waitFor();
      equal(await page.locator(".tree", { hasText: "alone" }).count(), 0, "not inactive");
    });
    deepEqual(await stage.lookupd.topics().then((all) => all.includes("alone")), true);

    const port = stage.nsqds[1]!.httpPort;
    stage.nsqds[1] = await startRegistered(stage.lookupds, `--http-address=127.0.0.1:${port}`);
    await stage.nsqds[1].create("alone");
    await stage.visit("/", async (page) => {
      await eventually(async () => {
        equal(await page.locator(".lack").count(), 0);
        equal(await cell(page, "alone", "Depth"), "0", "it came back, and has nothing");
        equal(await cell(page, "lost", "Depth"), "30");
      }, SHOW_DEADLINE_MS);
    });
  });
});
