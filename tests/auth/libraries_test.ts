/** A real client library that authenticates: in the open, and over TLS with a certificate that the auth server is told of. */
import { deepEqual } from "../harness/assert.ts";
import { type Nsqd, startNsqd } from "../harness/nsqd.ts";
import type { ConnectionJob } from "../interop/job.ts";
import { goNsq } from "../interop/libraries.ts";
import { runJob } from "../interop/run.ts";
import { makeCertificates, tlsFlags } from "../transport/certificates.ts";
import { AuthServer } from "./auth_server.ts";

/** Publishes a message and consumes it, each on a connection of its own. */
async function publishAndConsume(nsqd: Nsqd, more: Partial<ConnectionJob>): Promise<void> {
  const connection = { address: `127.0.0.1:${nsqd.tcpPort}`, authSecret: "s3cret", ...more };
  const bodies = [btoa("hello")];
  await runJob(goNsq, {
    action: "publish",
    ...connection,
    topic: "t",
    mode: "single",
    bodies,
    delayMs: 0,
  });
  const events = await runJob(goNsq, {
    action: "consume",
    ...connection,
    topic: "t",
    channel: "c",
    maxInFlight: 1,
    msgTimeoutMs: 1000,
    maxAttempts: 5,
    expect: 1,
  });
  deepEqual(events.filter(({ event }) => event === "message").map(({ body }) => body), bodies);
}

Deno.test("go-nsq authenticates, publishes and consumes", async () => {
  await using server = new AuthServer();
  await using nsqd = await startNsqd({ flags: [`--auth-http-address=${server.address}`] });
  await publishAndConsume(nsqd, {});
  const facts = { common_name: "", remote_ip: "127.0.0.1", secret: "s3cret", tls: "false" };
  deepEqual(server.questions.map((each) => each.facts), [facts, facts]);
});

Deno.test("the auth server is told the common name of a client's certificate", async () => {
  using certificates = await makeCertificates();
  await using server = new AuthServer();
  await using nsqd = await startNsqd({
    flags: [
      ...tlsFlags(certificates),
      "--tls-client-auth-policy=require-verify",
      `--tls-root-ca-file=${certificates.ca}`,
      `--auth-http-address=${server.address}`,
    ],
  });
  const { cert, key } = certificates.client;
  await publishAndConsume(nsqd, { tlsCa: certificates.ca, tlsCert: cert, tlsKey: key });
  const facts = { common_name: "client.example", remote_ip: "127.0.0.1", secret: "s3cret" };
  deepEqual(server.questions.map((each) => each.facts), [
    { ...facts, tls: "true" },
    { ...facts, tls: "true" },
  ]);
});
