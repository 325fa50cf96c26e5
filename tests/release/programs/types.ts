/** Is never run: a compiler looks whether the declarations say what they should. */
import {
  applyConfigOption,
  type ConfigurableOptions,
  Consumer,
  drain,
  Producer,
} from "@nsq-ts/client";

const options: ConfigurableOptions = { maxInFlight: 3 };
applyConfigOption(options, "max_in_flight,200");
const consumer = new Consumer({ topic: "orders", channel: "billing", nsqd: ["127.0.0.1:4150"] });
await consumer.run(async (message) => {
  const bytes: Uint8Array = message.body;
  const attempts: number = message.attempts;
  // @ts-expect-error: an id is a text
  const id: number = message.id;
  await Promise.resolve([bytes, attempts, id]);
}, { concurrency: 3 });
const producer = new Producer({ lookupd: ["127.0.0.1:4161"], tls: { minVersion: "1.3" } });
const receipt: { nsqd: string } = await producer.publish("orders", new Uint8Array(1));
// @ts-expect-error: there is no such option
new Producer({ lookupd: [], tsl: {} });
const left: number = (await drain(receipt.nsqd, { deadlineMs: 1000 })).messageCount;
export { left };
