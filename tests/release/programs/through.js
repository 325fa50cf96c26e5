/**
 * Publishes messages and takes them again: `through.js SETTINGS`, JSON with `topic`, `count`, and what both Producer and Consumer are
 * told. Prints JSON: how many were acknowledged, how many different ones came whole, and why a broker without TLS is refused.
 */
import { Consumer, Producer, PublishError } from "@nsq-ts/client";

const settings = JSON.parse(globalThis.process?.argv[2] ?? globalThis.Deno.args[0]);
const { topic, count, connection } = settings;
/** Of lengths from 1 byte to more than one read brings. */
const bodyOf = (number) => `${number}:${"x".repeat((number * 37) % 3000)}`;

const producer = new Producer({ ...connection });
const consumer = new Consumer({ topic, channel: "through", maxInFlight: 200, ...connection });
const seen = new Set();
const taken = consumer.run((message) => {
  const text = new TextDecoder().decode(message.body);
  const number = Number.parseInt(text, 10);
  if (text === bodyOf(number)) seen.add(number);
  if (seen.size === count) void consumer.stop();
});
const receipts = await Promise.all(
  Array.from({ length: count }, (_, number) => producer.publish(topic, bodyOf(number))),
);
await taken;
await producer.close();

const nobody = new Producer({ nsqd: ["127.0.0.1:1"], maxAttempts: 1 });
const refusal = await nobody.publish(topic, "lost").catch((error) => error);
await nobody.close();
console.log(JSON.stringify({
  acknowledged: receipts.length,
  seen: seen.size,
  refused: refusal instanceof PublishError && refusal.acknowledged === false &&
    /connection refused/.test(refusal.message),
}));
