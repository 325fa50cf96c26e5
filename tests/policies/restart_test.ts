/** What policies have done and have to do holds across SIGTERM, and across kill -9 in durable topics. */
import { deepEqual, equal, ok } from "../harness/assert.ts";
import {
  betterThanReference,
  Client,
  eventually,
  type Nsqd,
  startNsqd,
  TemporaryDirectory,
} from "../harness/mod.ts";
import { answer, refusal } from "../http/answer.ts";
import { killWhenWritten, putPolicy } from "./support.ts";

/** How the broker ends. */
const ENDS: Record<string, (nsqd: Nsqd) => Promise<void>> = {
  ordinary: (nsqd) => nsqd.stop(),
  durable: (nsqd) => killWhenWritten(nsqd, "durable_marker"),
};

async function figures(nsqd: Nsqd, topic: string) {
  const { depth, in_flight_count, deferred_count, dead_count } = await nsqd.channel(topic, "ch");
  return [depth, in_flight_count, deferred_count, dead_count];
}

async function requeue(nsqd: Nsqd, topic: string, count: number): Promise<void> {
  using client = await Client.connect(nsqd.tcpPort);
  await client.subscribe(topic, "ch", count);
  const messages = await client.nextMessages(count);
  await client.ready(0); // nor does it get them again
  for (const { id } of messages) await client.requeue(id, 0);
  await eventually(async () => equal((await figures(nsqd, topic))[1], 0));
}

/** What happens to a topic before the end of the broker, and with the next one on the same files. */
interface Case {
  before(nsqd: Nsqd, topic: string): Promise<void>;
  after(nsqd: Nsqd, topic: string): Promise<void>;
}

const CASES: Record<string, Case> = {
  "limits and ages go on": {
    before: async (nsqd, topic) => {
      const set = { max_depth: 3, max_age: "4s", expired: "dead_letter" };
      await putPolicy(nsqd, { name: topic, topic, set });
      await nsqd.create(topic, "ch");
      await nsqd.post(`/mpub?topic=${topic}`, "a\nb\nc");
    },
    after: async (nsqd, topic) => {
      const publishing = () => answer(nsqd, "POST", `/pub?topic=${topic}`, "d");
      if ((await figures(nsqd, topic))[0] === 3) { // a start may take longer than they may wait
        equal(await publishing(), refusal(503, "CHANNEL_FULL"));
      }
      await eventually(async () => deepEqual(await figures(nsqd, topic), [0, 0, 0, 3]));
      equal(await publishing(), "200 OK");
    },
  },
  "the dead are kicked, and what is kicked stays in the channel": {
    before: async (nsqd, topic) => {
      await putPolicy(nsqd, { name: topic, topic, set: { max_attempts: 1 } });
      await nsqd.create(topic, "ch", "other");
      await nsqd.post(`/mpub?topic=${topic}`, "a\nb\nc");
      await requeue(nsqd, topic, 3);
      deepEqual(await figures(nsqd, topic), [0, 0, 0, 3]);
      await nsqd.post(`/channel/kick?topic=${topic}&channel=ch&count=2`);
      deepEqual(await figures(nsqd, topic), [2, 0, 0, 1]);
    },
    after: async (nsqd, topic) => {
      deepEqual(await figures(nsqd, topic), [2, 0, 0, 1]);
      equal((await nsqd.channel(topic, "other")).depth, 3);
      await nsqd.post(`/channel/kick?topic=${topic}&channel=ch`);
      using client = await Client.connect(nsqd.tcpPort);
      await client.subscribe(topic, "ch", 10);
      const messages = await client.consume(3);
      deepEqual(messages.map(({ body, attempts }) => `${body} ${attempts}`), ["a 1", "b 1", "c 1"]);
      await eventually(async () => deepEqual(await figures(nsqd, topic), [0, 0, 0, 0]));
    },
  },
  "attempts count on": {
    before: async (nsqd, topic) => {
      await putPolicy(nsqd, { name: topic, topic, set: { max_attempts: 2 } });
      await nsqd.create(topic, "ch");
      await nsqd.post(`/pub?topic=${topic}`, "a");
      await requeue(nsqd, topic, 1);
      deepEqual(await figures(nsqd, topic), [1, 0, 0, 0]);
    },
    after: async (nsqd, topic) => {
      await requeue(nsqd, topic, 1);
      await eventually(async () => deepEqual(await figures(nsqd, topic), [0, 0, 0, 1]));
    },
  },
  "what went to a dead letter topic is there": {
    before: async (nsqd, topic) => {
      const set = { max_attempts: 1, dead_letter: `topic:${topic}-graves` };
      await putPolicy(nsqd, { name: topic, topic, set });
      await nsqd.create(`${topic}-graves`, "ch");
      await nsqd.create(topic, "ch");
      await nsqd.post(`/mpub?topic=${topic}`, "a\nb");
      await requeue(nsqd, topic, 2);
      await eventually(async () => deepEqual(await figures(nsqd, topic), [0, 0, 0, 0]));
    },
    after: async (nsqd, topic) => {
      equal((await figures(nsqd, topic))[0], 0);
      using client = await Client.connect(nsqd.tcpPort);
      await client.subscribe(`${topic}-graves`, "ch", 10);
      deepEqual((await client.consume(2)).map(({ body }) => body), ["a", "b"]);
    },
  },
  "a redelivery waits for its time, where delays are kept": {
    before: async (nsqd, topic) => {
      await putPolicy(nsqd, { name: topic, topic, set: { backoff: ["4s"] } });
      await nsqd.create(topic, "ch");
      await nsqd.post(`/pub?topic=${topic}`, String(Date.now()));
      await requeue(nsqd, topic, 1);
      deepEqual(await figures(nsqd, topic), [0, 0, 1, 0]);
    },
    after: async (nsqd, topic) => {
      using client = await Client.connect(nsqd.tcpPort);
      await client.subscribe(topic, "ch", 1);
      const { attempts, body } = await client.nextMessage();
      equal(attempts, 2);
      ok(topic.startsWith("ordinary") || Date.now() - Number(body) >= 4000);
    },
  },
};

for (const [kind, end] of Object.entries(ENDS)) {
  const how = kind === "durable" ? "kill -9 of a durable topic's broker" : "SIGTERM";
  betterThanReference(`what policies have done holds across ${how}`, async () => {
    using directory = new TemporaryDirectory();
    const dataPath = directory.path;
    const start = () => startNsqd({ dataPath, flags: ["--durable=durable*", "--msg-timeout=10s"] });
    const cases = Object.entries(CASES).map(([name, each], i) =>
      [name, each, `${kind}-${i}`] as const
    );
    {
      await using nsqd = await start();
      for (const [, { before }, topic] of cases) await before(nsqd, topic);
      await end(nsqd);
    }
    await using nsqd = await start();
    for (const [name, { after }, topic] of cases) {
      await after(nsqd, topic).catch((error) => {
        throw new Error(`${name}: ${error.message}`, { cause: error });
      });
    }
  });
}
