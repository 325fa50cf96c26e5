/**
 * Takes messages until one says `last`, and publishes one for the first: `outlive.js NSQD`. Prints the bodies of what came, in order. Its
 * broker may come and go meanwhile.
 */
import { Consumer, Producer } from "@nsq-ts/client";

const address = globalThis.process?.argv[2] ?? globalThis.Deno.args[0];
const logger = { level: 5, enabled: () => false };
for (const level of ["debug", "info", "warn", "error", "fatal"]) logger[level] = () => {};
const producer = new Producer({ nsqd: [address], logger });
const options = { topic: "outlive", channel: "it", nsqd: [address], logger };
const bodies = [];
for await (const message of new Consumer(options)) {
  const body = new TextDecoder().decode(message.body);
  bodies.push(body);
  message.finish();
  if (body === "first") await producer.publish("answers", "first came");
  if (body === "last") break;
}
await producer.publish("answers", "last came");
await producer.close();
console.log(bodies.join(" "));
