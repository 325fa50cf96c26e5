/** A client that does nothing wrong, and must be served whatever others do. */
import { strictEqual as equal } from "node:assert/strict";
import { Client, type Nsqd, withDeadline } from "../../tests/harness/mod.ts";

/** How long a healthy client may have to wait for one message to go round. */
const SERVICE_DEADLINE_MS = 10_000;

/**
 * Publishes a message and consumes it; returns how long that took, in ms.
 * @throws {Error} when the broker does not serve within 10 s.
 */
export async function expectService(nsqd: Nsqd, body: string): Promise<number> {
  const start = performance.now();
  await withDeadline(roundTrip(nsqd, body), SERVICE_DEADLINE_MS, "service for a healthy client");
  return performance.now() - start;
}

async function roundTrip(nsqd: Nsqd, body: string): Promise<void> {
  using client = await Client.connect(nsqd.tcpPort);
  await client.identify({ client_id: "healthy" });
  await client.subscribe("healthy", "ch");
  await client.publish("healthy", body);
  await client.ready(1);
  const message = await client.nextMessage();
  equal(message.body, body);
  await client.finish(message.id);
  await client.send("CLS\n");
  await client.expectResponse("CLOSE_WAIT");
}
