/** Each field holds for client libraries that know nothing of it, when the broker has been started again: after SIGTERM, and after kill -9 where topics are durable. */
import { deepEqual, equal, ok } from "../harness/assert.ts";
import {
  betterThanReference,
  Client,
  eventually,
  type Nsqd,
  startNsqd,
  TemporaryDirectory,
} from "../harness/mod.ts";
import { goNsq, nsqjs, pynsq } from "../interop/libraries.ts";
import { bodiesOf, consume } from "../interop/run.ts";
import { installLibrary } from "../interop/setup.ts";
import { killWhenWritten, putPolicy } from "./support.ts";

/** What happens to a topic before the end of the broker, and with the next one on the same files. */
interface Case {
  set: Record<string, unknown>;
  before(nsqd: Nsqd, topic: string): Promise<void>;
  after(nsqd: Nsqd, topic: string): Promise<void>;
}

async function publish(nsqd: Nsqd, topic: string, ...bodies: string[]): Promise<void> {
  for (const body of bodies) await nsqd.post(`/pub?topic=${topic}`, body);
}

function texts(events: Parameters<typeof bodiesOf>[0]): string[] {
  return bodiesOf(events).map((body) => atob(body));
}

async function depths(nsqd: Nsqd, topic: string): Promise<number[]> {
  const { depth, in_flight_count, dead_count } = await nsqd.channel(topic, "ch");
  return [depth, in_flight_count, dead_count];
}

const CASES: Record<string, Case> = {
  "max_attempts, backoff: go-nsq gets what fails so often, not sooner, and then no more": {
    set: { max_attempts: 2, backoff: ["1s"] },
    before: (nsqd, topic) => publish(nsqd, topic, "fail|x"),
    after: async (nsqd, topic) => {
      const consuming = consume(goNsq, nsqd, topic, { expect: 1, maxAttempts: 100 });
      const waits = eventually(async () => {
        equal((await nsqd.channel(topic, "ch")).deferred_count, 1);
      });
      await Promise.race([waits, consuming]);
      const isDead = eventually(async () => deepEqual(await depths(nsqd, topic), [0, 0, 1]));
      await Promise.race([isDead, consuming]);
      await publish(nsqd, topic, "fine");
      deepEqual(texts(await consuming), ["fail|x", "fail|x", "fine"]);
      await isDead;
    },
  },
  "dead_letter: what nsqjs failed is pynsq's, in the dead letter topic": {
    set: { max_attempts: 1, dead_letter: "topic:graves" },
    before: async (nsqd, topic) => {
      await nsqd.create("graves", "ch");
      await publish(nsqd, topic, "requeue:0|x");
      const consuming = consume(nsqjs, nsqd, topic, { expect: 1, maxAttempts: 100 });
      await eventually(async () => equal((await nsqd.channel("graves", "ch")).depth, 1));
      await publish(nsqd, topic, "fine");
      deepEqual(texts(await consuming), ["requeue:0|x", "fine"]);
    },
    after: async (nsqd, topic) => {
      deepEqual(await depths(nsqd, topic), [0, 0, 0]);
      const consuming = consume(pynsq, nsqd, "graves", { expect: 1 });
      deepEqual(texts(await consuming), ["requeue:0|x", "requeue:0|x"]);
    },
  },
  "max_depth, overflow: pynsq gets the newest": {
    set: { max_depth: 2, overflow: "drop_oldest" },
    before: (nsqd, topic) => publish(nsqd, topic, "a", "b", "c"),
    after: async (nsqd, topic) => {
      await publish(nsqd, topic, "d");
      deepEqual(texts(await consume(pynsq, nsqd, topic, { expect: 2 })), ["c", "d"]);
    },
  },
  "max_bytes, overflow: nsqjs gets the newest": {
    set: { max_bytes: 2, overflow: "dead_letter" },
    before: (nsqd, topic) => publish(nsqd, topic, "a", "b", "c"),
    after: async (nsqd, topic) => {
      await publish(nsqd, topic, "d");
      deepEqual(texts(await consume(nsqjs, nsqd, topic, { expect: 2 })), ["c", "d"]);
      deepEqual(await depths(nsqd, topic), [0, 0, 2]);
    },
  },
  "dedup_window: go-nsq gets each once, as long as the topic knows": {
    set: { dedup_window: "1h" },
    before: (nsqd, topic) => nsqd.post(`/pub?topic=${topic}&key=k`, "first").then(() => {}),
    after: async (nsqd, topic) => {
      await nsqd.post(`/pub?topic=${topic}&key=k`, "again");
      await nsqd.post(`/pub?topic=${topic}&key=k`, "again");
      await publish(nsqd, topic, "last");
      const expected = topic.startsWith("durable") ? ["first", "last"] : ["first", "again", "last"];
      const consuming = consume(goNsq, nsqd, topic, { expect: expected.length });
      deepEqual(texts(await consuming), expected);
    },
  },
  "durable, retain_age: what go-nsq has finished is there for nsqjs": {
    set: { durable: true, retain_age: "1h" },
    before: async (nsqd, topic) => {
      await publish(nsqd, topic, "a", "b", "c");
      await consume(goNsq, nsqd, topic, { expect: 3 });
      await eventually(async () => deepEqual(await depths(nsqd, topic), [0, 0, 0]));
    },
    after: async (nsqd, topic) => {
      deepEqual(await depths(nsqd, topic), [0, 0, 0]);
      await nsqd.post(`/channel/create?topic=${topic}&channel=late&from=earliest`);
      const late = await consume(nsqjs, nsqd, topic, { expect: 3, channel: "late" });
      deepEqual(texts(late), ["a", "b", "c"]);
    },
  },
  "rate: pynsq gets no more a second": {
    set: { rate: 5 },
    before: (nsqd, topic) => publish(nsqd, topic, "a", "b", "c", "d", "e", "f"),
    after: async (nsqd, topic) => {
      const began = performance.now();
      await consume(pynsq, nsqd, topic, { expect: 6, maxInFlight: 6 });
      ok(performance.now() - began >= 900);
    },
  },
  "single_consumer, requeue_on_disconnect: go-nsq stands by, then gets what the other had": {
    set: { single_consumer: true, requeue_on_disconnect: true },
    before: (nsqd, topic) => publish(nsqd, topic, "a", "b"),
    after: async (nsqd, topic) => {
      using first = await Client.connect(nsqd.tcpPort);
      await first.subscribe(topic, "ch", 2);
      await first.nextMessages(2);
      const consuming = consume(goNsq, nsqd, topic, { expect: 2, maxInFlight: 2 });
      await eventually(async () => {
        const { clients } = await nsqd.channel(topic, "ch");
        deepEqual(clients?.map((each) => each["standby"] ?? false), [false, true]);
      });
      first.close();
      deepEqual(texts(await consuming).toSorted(), ["a", "b"]);
    },
  },
  "idle_expiry: the channel goes when nsqjs has gone": {
    set: { idle_expiry: "3s" },
    before: (nsqd, topic) => publish(nsqd, topic, "a"),
    after: async (nsqd, topic) => {
      deepEqual(texts(await consume(nsqjs, nsqd, topic, { expect: 1 })), ["a"]);
      await eventually(async () => deepEqual((await nsqd.topic(topic)).channels, []));
    },
  },
};

const ENDS: Record<string, (nsqd: Nsqd) => Promise<void>> = {
  ordinary: (nsqd) => nsqd.stop(),
  durable: (nsqd) => killWhenWritten(nsqd, "durable_marker"),
};

for (const [kind, end] of Object.entries(ENDS)) {
  const how = kind === "durable" ? "kill -9 of a durable topic's broker" : "SIGTERM";
  betterThanReference(`client libraries find each policy in force after ${how}`, async () => {
    for (const library of [goNsq, nsqjs, pynsq]) await installLibrary(library);
    using directory = new TemporaryDirectory();
    const settings = {
      dataPath: directory.path,
      flags: ["--durable=durable*", "--durable=graves"],
    };
    const cases = Object.entries(CASES)
      .map(([name, each], i) => ({ name, ...each, topic: `${kind}-${i}` }));
    {
      await using nsqd = await startNsqd(settings);
      for (const { topic, set } of cases) {
        await putPolicy(nsqd, { name: topic, topic, set });
        await nsqd.create(topic, "ch");
      }
      await Promise.all(cases.map(({ before, topic }) => before(nsqd, topic)));
      await end(nsqd);
    }
    await using nsqd = await startNsqd(settings);
    await Promise.all(cases.map(({ name, after, topic }) =>
      after(nsqd, topic).catch((error) => {
        throw new Error(`${name}: ${error.message}`, { cause: error });
      })
    ));
  });
}
