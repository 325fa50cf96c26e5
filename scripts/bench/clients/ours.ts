/** Does a job with lib/client. */

import { Consumer, Producer } from "../../../lib/client/mod.ts";
import type { ClientJob, ClientResult } from "./job.ts";

const job = JSON.parse(Deno.args[0] ?? "") as ClientJob;

async function consume(): Promise<ClientResult> {
  const { address, topic, channel, maxInFlight, warmUp, count } = job;
  const consumer = new Consumer({ topic, channel, nsqd: [address], maxInFlight });
  let left = warmUp + count, bytes = 0, startMs = 0, endMs = 0;
  await consumer.run(({ body }) => {
    bytes += body.length;
    left--;
    if (left === count) startMs = performance.now();
    if (left > 0) return;
    endMs = performance.now();
    void consumer.stop();
  });
  if (bytes === 0) throw new Error("the messages were empty");
  return { count, seconds: (endMs - startMs) / 1000 };
}

async function produce(): Promise<ClientResult> {
  const { address, topic, size, warmUp, count, concurrency } = job;
  await using producer = new Producer({ nsqd: [address] });
  const body = new Uint8Array(size).fill(0x61);
  await producer.connect();
  const publish = async (messages: number) => {
    let left = messages;
    const publishSome = async () => {
      while (left-- > 0) await producer.publish(topic, body);
    };
    await Promise.all(Array.from({ length: concurrency }, publishSome));
  };
  await publish(warmUp);
  const startMs = performance.now();
  await publish(count);
  return { count, seconds: (performance.now() - startMs) / 1000 };
}

console.log(JSON.stringify(await (job.action === "consume" ? consume() : produce())));
Deno.exit();
