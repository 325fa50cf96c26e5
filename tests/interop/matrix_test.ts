/** Every library's messages reach every other library, in every way of publishing. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { nsqdSuite, topicName } from "../harness/mod.ts";
import { awkwardBodies, base64, texts } from "./bodies.ts";
import { libraries } from "./libraries.ts";
import { bodiesOf, consume, publish } from "./run.ts";
import { topicKinds } from "./topic_kinds.ts";

const DELAY_MS = 300;

for (const { flags, suffix } of topicKinds) {
  nsqdSuite(flags, (test) => {
    for (const publisher of libraries) {
      const consumers = libraries.map((library) => library.name).join(", ");
      test(`messages of ${publisher.name} reach ${consumers}${suffix}`, async (nsqd) => {
        const topic = topicName();
        await nsqd.post(`/topic/create?topic=${topic}`);
        for (const { name } of libraries) {
          await nsqd.post(`/channel/create?topic=${topic}&channel=${name}`);
        }
        const single = texts("single", 20);
        const multi = [...awkwardBodies, ...texts("multi", 20)];
        const deferred = texts("deferred", 5);
        await publish(publisher, nsqd, topic, "deferred", deferred, DELAY_MS);
        await publish(publisher, nsqd, topic, "single", single);
        await publish(publisher, nsqd, topic, "multi", multi);
        const expected = base64([...single, ...multi, ...deferred]).sort();
        for (const consumer of libraries) {
          const settings = { channel: consumer.name, expect: expected.length, maxInFlight: 5 };
          const received = bodiesOf(await consume(consumer, nsqd, topic, settings));
          deepEqual(received.sort(), expected, `as ${consumer.name} received them`);
        }
      });
    }
  });
}
