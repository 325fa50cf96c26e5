/** touches: one consumer puts the timeouts of its messages off, without a pause. */
import { strictEqual as equal } from "node:assert/strict";
import { Client, concat, sized } from "../../tests/harness/mod.ts";
import { type Fault, type FaultContext, startBroker } from "./fault.ts";
import { withinLimit } from "./limit.ts";
import { MemoryWatch, residentMib } from "./memory.ts";
import { PingWatch } from "./ping_watch.ts";

const MESSAGES = 2_400;
const TOUCHES = 900_000;
const BODY_BYTES = 200;
const GROWTH_LIMIT_MIB = 40;
const PING_LIMIT_MS = 600;

export const touches: Fault = { name: "touches", run };

async function run(context: FaultContext): Promise<string> {
  await using nsqd = await startBroker(context);
  using client = await Client.connect(nsqd.tcpPort);
  await client.subscribe("touched", "ch", MESSAGES);
  using producer = await Client.connect(nsqd.tcpPort);
  await producer.publishBatch("touched", new Array(MESSAGES).fill("x".repeat(BODY_BYTES)));
  const ids: string[] = [];
  while (ids.length < MESSAGES) ids.push((await client.nextMessage()).id);
  const beforeMib = await residentMib(nsqd.pid);
  using memory = new MemoryWatch(nsqd.pid);
  const lines = Array.from({ length: TOUCHES }, () => `TOUCH ${context.random.pick(ids)}\n`);
  const commands = concat(lines.join(""), "PUB other\n", sized("the last command"));
  const ping = new PingWatch(nsqd);
  const start = performance.now();
  await client.send(commands);
  await client.expectResponse("OK");
  const elapsedMs = Math.round(performance.now() - start);
  const slowestMs = await ping.stop();
  equal((await nsqd.channel("touched", "ch")).in_flight_count, MESSAGES, "messages in flight");
  withinLimit(slowestMs <= PING_LIMIT_MS, `/ping took ${slowestMs} ms`);
  memory.expectBelow(beforeMib + GROWTH_LIMIT_MIB);
  return `${TOUCHES} TOUCHes of ${MESSAGES} messages in ${elapsedMs} ms, /ping at most ${slowestMs} ms, ` +
    `memory ${memory.maximumMib - beforeMib} MiB more`;
}
