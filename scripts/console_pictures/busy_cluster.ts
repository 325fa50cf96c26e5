/** A cluster with something of everything that the console shows, good and bad. */
import { Client } from "../../tests/harness/client.ts";
import type { Nsqd } from "../../tests/harness/nsqd.ts";
import type { Stage } from "../../tests/admin/browser.ts";

/** As long as names can be, and as long as ephemeral ones can. */
export const LONG = "a-name-that-is-as-long-as-any-can-be-".padEnd(64, "0123456789");
export const LONG_EPHEMERAL = `${LONG.slice(0, 54)}#ephemeral`;

/** Messages that the busiest topic has at an extreme. */
const MANY = 1_200_000;
const BATCH = 20_000;

/** Between two rounds of publishing, in ms. */
const ROUND_MS = 200;

const JSON_BODY = JSON.stringify({
  order: { id: 48_213, customer: "Ælfgifu ✓", lines: [{ sku: "A-1", amount: 3 }] },
});

const POLICIES = [
  {
    name: "mail-limits",
    topic: "orders",
    channel: "mail",
    priority: 10,
    set: { max_attempts: 1, backoff: ["1s", "10s", "1m"] },
  },
  { name: "no-endless-queues", topic: "*", channel: "*", set: { max_depth: 50_000_000 } },
];

/** Publishes and consumes until it is disposed of. */
export class BusyCluster {
  readonly #clients: Client[] = [];
  #isOver = false;
  #isHushed = false;
  #lost: Nsqd | undefined;
  #rounds = Promise.resolve();

  private constructor(readonly stage: Stage) {}

  static async fill(stage: Stage): Promise<BusyCluster> {
    const cluster = new BusyCluster(stage);
    const { nsqds } = stage;
    const [first] = nsqds;
    for (const nsqd of nsqds) {
      await nsqd.create("orders", "archive", "fulfilment", "mail");
      await nsqd.create("clickstream", "warehouse", "fraud-detection");
      await nsqd.create("payments", "ledger");
      await nsqd.post("/mpub?topic=payments", "1\n2\n3");
    }
    await first!.create("unread");
    await first!.post("/mpub?topic=unread", "1\n2");
    for (const policy of POLICIES) {
      for (const nsqd of nsqds) await nsqd.post("/policy/put", JSON.stringify(policy));
    }
    for (const nsqd of nsqds) await nsqd.post("/channel/pause?topic=payments&channel=ledger");
    await first!.post("/pub?topic=orders&defer=600000", JSON_BODY);
    await cluster.#consumeAll();
    cluster.#rounds = cluster.#publish(nsqds);
    return cluster;
  }

  /** Adds a million messages, names that are as long as names can be, and a topic that lookupd alone remembers. */
  async goToExtremes(): Promise<void> {
    const { lookupd, nsqds: [first, second] } = this.stage;
    const batch = Array.from({ length: BATCH }, (_, at) => `event ${at}`).join("\n");
    for (let sent = 0; sent < MANY; sent += BATCH) {
      await first!.post("/mpub?topic=clickstream", batch);
    }
    await first!.create(LONG, LONG, LONG_EPHEMERAL);
    await second!.create(LONG_EPHEMERAL, LONG_EPHEMERAL);
    await lookupd.post("/topic/create?topic=forgotten");
    await lookupd.post("/channel/create?topic=forgotten&channel=old");
  }

  /** Good consumers, one that never finishes, one that fails all, one whose names are an attack. */
  async #consumeAll(): Promise<void> {
    for (const { tcpPort } of this.stage.nsqds) {
      const archivist = await this.#connect(tcpPort, "archive-7d9f-4", "orders", "archive", 200);
      void this.#follow(archivist, (id) => archivist.finish(id));
      const reader = await this.#connect(tcpPort, "warehouse-1", "clickstream", "warehouse", 2000);
      void this.#follow(reader, (id) => reader.finish(id));
    }
    const { tcpPort } = this.stage.nsqds[0]!;
    await this.#connect(tcpPort, "sleeper-3", "orders", "fulfilment", 25);
    const failing = await this.#connect(tcpPort, "mailer-<b>1</b>", "orders", "mail", 1);
    void this.#follow(failing, (id) => failing.send(`REQ ${id} 0\n`));
  }

  async #connect(port: number, name: string, topic: string, channel: string, ready: number) {
    const client = await Client.connect(port);
    await client.identify({
      client_id: name,
      hostname: `${name}.example`,
      user_agent: "go-nsq/1.1.0",
    });
    await client.subscribe(topic, channel, ready);
    this.#clients.push(client);
    return client;
  }

  async #follow(client: Client, act: (id: string) => Promise<unknown>): Promise<void> {
    try {
      for (;;) await act((await client.nextMessage(3_600_000)).id);
    } catch (error) {
      if (!this.#isOver) throw error;
    }
  }

  async #publish(nsqds: readonly Nsqd[]): Promise<void> {
    for (let round = 0; !this.#isHushed; round++) {
      const orders = 20 + Math.round(12 * Math.sin(round / 90) + 3 * Math.sin(round / 12));
      const clicks = 45 + Math.round(20 * Math.sin(round / 140 + 2) + 8 * Math.sin(round / 9));
      for (const nsqd of nsqds) {
        await nsqd.post("/mpub?topic=orders", `${JSON_BODY}\n`.repeat(orders));
        await nsqd.post("/mpub?topic=clickstream", "click\n".repeat(clicks));
        if (round % 4 === 0) await nsqd.post("/pub?topic=payments", "paid");
      }
      await new Promise((resolve) => setTimeout(resolve, ROUND_MS));
    }
  }

  /** The last broker is lost, with what it holds, and the second one drains. */
  async misfortune(): Promise<void> {
    const [first, second] = this.stage.nsqds;
    await this.#hush();
    this.#lost = this.stage.nsqds.at(-1)!;
    Deno.kill(this.#lost.pid, "SIGSTOP");
    await second!.post("/drain");
    this.#isHushed = false;
    this.#rounds = this.#publish([first!]);
  }

  async #hush(): Promise<void> {
    this.#isHushed = true;
    await this.#rounds;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#hush();
    this.#isOver = true;
    for (const client of this.#clients) client.close();
    if (this.#lost !== undefined) Deno.kill(this.#lost.pid, "SIGCONT");
  }
}
