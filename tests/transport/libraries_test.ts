/** Real clients over TLS, snappy, deflate and both together: they publish to us and consume from us. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { type Nsqd, startNsqd, topicName } from "../harness/mod.ts";
import { awkwardBodies, base64, texts } from "../interop/bodies.ts";
import type { ConnectionJob } from "../interop/job.ts";
import { goNsq, type Library, nsqjs, pynsq } from "../interop/libraries.ts";
import { bodiesOf, runJob } from "../interop/run.ts";
import { type Certificates, makeCertificates, tlsFlags } from "./certificates.ts";

let certificates: Certificates;
let nsqd: Nsqd;

Deno.test.beforeAll(async () => {
  certificates = await makeCertificates();
  nsqd = await startNsqd({ flags: tlsFlags(certificates) });
});
Deno.test.afterAll(async () => {
  await nsqd[Symbol.asyncDispose]();
  certificates[Symbol.dispose]();
});

/** More than one chunk of snappy, one record of TLS, one piece of deflate. */
const LARGE_BYTES = 300_000;

type Wish = { tls: boolean; compression?: "snappy" | "deflate" };

const WISHES: readonly Wish[] = [
  { tls: true },
  { tls: false, compression: "snappy" },
  { tls: false, compression: "deflate" },
  { tls: true, compression: "snappy" },
  { tls: true, compression: "deflate" },
];

for (const library of [goNsq, nsqjs, pynsq]) {
  for (const wish of WISHES) {
    const name = [wish.tls ? "TLS" : "", wish.compression ?? ""].filter((part) => part).join("+");
    Deno.test({
      name: `${library.name} publishes and consumes over ${name}`,
      sanitizeOps: false,
      fn: () => publishesAndConsumes(library, wish),
    });
  }
}

async function publishesAndConsumes(library: Library, { tls, compression }: Wish): Promise<void> {
  const topic = topicName();
  const connection: ConnectionJob = {
    address: `127.0.0.1:${nsqd.tcpPort}`,
    ...(tls && { tlsCa: certificates.ca }),
    ...(compression && { compression }),
  };
  const bodies = [...awkwardBodies, ...texts("body", 200)];
  const large = new Uint8Array(LARGE_BYTES).map((_, index) => index % 7);
  const publish = { action: "publish", ...connection, topic, delayMs: 0 } as const;
  await runJob(library, { ...publish, mode: "multi", bodies: base64(bodies) });
  await runJob(library, { ...publish, mode: "single", bodies: base64(texts("single", 20)) });
  await nsqd.post(`/pub?topic=${topic}`, large);
  const expected = base64([...bodies, ...texts("single", 20), large]);
  const events = await runJob(library, {
    action: "consume",
    ...connection,
    topic,
    channel: "ch",
    maxInFlight: 50,
    msgTimeoutMs: 10_000,
    maxAttempts: 5,
    expect: expected.length,
  });
  deepEqual(bodiesOf(events).sort(), expected.sort());
  const { message_count, requeue_count, timeout_count } = await nsqd.channel(topic, "ch");
  deepEqual({ message_count, requeue_count, timeout_count }, {
    message_count: expected.length,
    requeue_count: 0,
    timeout_count: 0,
  });
  equal((await nsqd.topic(topic)).message_count, expected.length);
}
