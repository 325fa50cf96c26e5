/** `backoff`: the least delay before each redelivery. */
import { betterThanReference, Client, startNsqd } from "../harness/mod.ts";
import { equal, ok } from "../harness/assert.ts";
import { putPolicy } from "./support.ts";

for (const durable of [false, true]) {
  const kind = durable ? "durable" : "ordinary";
  betterThanReference(`each redelivery waits for its time, in ${kind} topics`, async () => {
    await using nsqd = await startNsqd({ flags: durable ? ["--durable=t"] : [] });
    await nsqd.create("t", "ch");
    await putPolicy(nsqd, { name: "p", topic: "t", set: { backoff: ["60ms", "150ms"] } });
    await nsqd.post("/pub?topic=t", "a");
    using client = await Client.connect(nsqd.tcpPort);
    await client.identify({ msg_timeout: 1000 });
    await client.subscribe("t", "ch", 1);
    const again = async (delayMs: number | null, leastMs: number, attempts: number) => {
      const sentMs = performance.now();
      if (delayMs !== null) await client.requeue(id, delayMs);
      equal((await client.nextMessage()).attempts, attempts);
      const waitedMs = performance.now() - sentMs;
      ok(waitedMs >= leastMs - 2, `${waitedMs} ms`);
    };
    const { id } = await client.nextMessage();
    await again(0, 60, 2);
    await again(0, 150, 3);
    await again(0, 150, 4); // the last one repeats
    await again(300, 300, 5); // a longer delay counts
    await putPolicy(nsqd, { name: "p", topic: "t", set: { backoff: ["800ms"] } });
    // A timeout comes back, too: its second began when the broker sent the message, which was read later.
    await again(null, 1300, 6);
  });
}
