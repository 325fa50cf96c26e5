/** A consumer over TLS, compressed, and with authorization. */
import { rejects, throws } from "node:assert/strict";
import {
  applyConfigOption,
  type ConfigurableOptions,
  Consumer,
  type ConsumerOptions,
} from "../../lib/client/mod.ts";
import { AuthServer } from "../auth/auth_server.ts";
import { deepEqual as equal } from "../harness/assert.ts";
import { eventually, type Nsqd, pause, startNsqd } from "../harness/mod.ts";
import { type Certificates, makeCertificates, tlsFlags } from "../transport/certificates.ts";
import { LogBook, publish, running, tcpAddress } from "./consumer_support.ts";

const TOPIC = "orders", CHANNEL = "billing", COUNT = 3000;

/** Takes {@link COUNT} messages and compares what `/stats` tells of the connection. */
async function consumes(
  nsqd: Nsqd,
  options: Partial<ConsumerOptions>,
  expected: Record<string, unknown>,
): Promise<void> {
  await publish(nsqd, TOPIC, COUNT, "x".repeat(100));
  const logger = new LogBook();
  const consumer = new Consumer({
    topic: TOPIC,
    channel: CHANNEL,
    nsqd: [tcpAddress(nsqd)],
    maxInFlight: 200,
    logger,
    ...options,
  });
  await using _ = running(consumer, () => {});
  await consumer.ready;
  equal(logger.lines.filter((line) => line.startsWith("error")), []);
  await eventually(() => equal(consumer.stats.finished, COUNT));
  const client = (await nsqd.channel(TOPIC, CHANNEL)).clients![0]!;
  const seen = Object.fromEntries(Object.keys(expected).map((key) => [key, client[key]]));
  equal(seen, expected);
}

/** Why a consumer cannot connect. */
async function refusal(nsqd: Nsqd, options: Partial<ConsumerOptions>): Promise<string> {
  const logger = new LogBook();
  const nsqds = [tcpAddress(nsqd)];
  const consumer = new Consumer({
    topic: TOPIC,
    channel: CHANNEL,
    nsqd: nsqds,
    logger,
    ...options,
  });
  await using _ = running(consumer, () => {});
  await consumer.ready;
  equal(consumer.stats.connections, 0);
  return logger.lines.find((line) => line.startsWith("error")) ?? "";
}

function withTls(certificates: Certificates, ...more: string[]): ConfigurableOptions {
  const options: ConfigurableOptions = {};
  for (const text of ["tls_v1", `tls_root_ca_file,${certificates.ca}`, ...more]) {
    applyConfigOption(options, text);
  }
  return options;
}

Deno.test("Consumer takes messages through snappy and deflate", async () => {
  await using nsqd = await startNsqd();
  await nsqd.create(TOPIC, CHANNEL);
  await consumes(nsqd, { snappy: true }, { snappy: true, deflate: false, tls: false });
  await consumes(nsqd, { deflateLevel: 3 }, { snappy: false, deflate: true, tls: false });
});

Deno.test("Consumer goes on uncompressed, with a warning, where nsqd does not compress", async () => {
  await using nsqd = await startNsqd({ flags: ["--snappy=false"] });
  await nsqd.create(TOPIC, CHANNEL);
  await consumes(nsqd, { snappy: true }, { snappy: false });
});

Deno.test("Consumer speaks TLS, alone and with compression and client certificates", async () => {
  using certificates = await makeCertificates();
  const { ca, client } = certificates;
  const flags = tlsFlags(certificates);
  await using nsqd = await startNsqd({
    flags: [
      ...flags,
      `--tls-root-ca-file=${ca}`,
      "--tls-client-auth-policy=require-verify",
      "--tls-required=tcp-https",
    ],
  });
  await nsqd.create(TOPIC, CHANNEL);
  const options = withTls(certificates, `tls_cert,${client.cert}`, `tls_key,${client.key}`);
  const name = { tls: true, auth_identity: undefined };
  await consumes(nsqd, options, { ...name, snappy: false });
  await consumes(nsqd, { ...options, snappy: true }, { tls: true, snappy: true });
  await consumes(nsqd, { ...options, deflateLevel: 6 }, { tls: true, deflate: true });
  await consumes(nsqd, { ...options, tls: { ...options.tls, minVersion: "1.3" } }, {
    tls: true,
    tls_version: "TLS1.3",
  });
});

Deno.test("Consumer trusts only whom it is told to trust", async () => {
  using certificates = await makeCertificates();
  await using nsqd = await startNsqd({ flags: tlsFlags(certificates) });
  await nsqd.create(TOPIC, CHANNEL);
  equal(/TLS failed - .*certificate/.test(await refusal(nsqd, { tls: {} })), true);
  const stranger = withTls(certificates, `tls_root_ca_file,${certificates.stranger.cert}`);
  equal(/TLS failed - certificate is not trusted/.test(await refusal(nsqd, stranger)), true);
  await consumes(nsqd, { tls: { insecureSkipVerify: true } }, { tls: true });
  await consumes(nsqd, withTls(certificates), { tls: true });
});

Deno.test("Consumer that was told to use TLS does not go on without", async () => {
  await using nsqd = await startNsqd();
  const error = await refusal(nsqd, { tls: {} });
  equal(/TLS failed - nsqd does not offer it \(trying again\)/.test(error), true, error);
});

Deno.test("Consumer authorizes itself, and says why it may not", async () => {
  await using auth = new AuthServer();
  await using nsqd = await startNsqd({ flags: [`--auth-http-address=${auth.address}`] });
  await nsqd.create(TOPIC, CHANNEL);
  await consumes(nsqd, { authSecret: "secret" }, { auth_identity: "user" });
  equal(auth.questions.at(-1)!.facts["secret"], "secret");
  equal(/AUTH failed - nsqd asks for an auth secret/.test(await refusal(nsqd, {})), true);
  auth.answer = { ttl: 60, authorizations: [{ topic: "other", channels: [], permissions: [] }] };
  const error = await refusal(nsqd, { authSecret: "secret" });
  equal(/SUB failed - E_UNAUTHORIZED/.test(error), true, error);
});

Deno.test("Consumer shows lookupds its auth secret, unless it is told not to", async () => {
  const shown: (string | null)[] = [];
  await using lookupd = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      const { pathname, searchParams } = new URL(request.url);
      equal([pathname, searchParams.get("topic")], ["/lookup", TOPIC]);
      shown.push(request.headers.get("authorization"));
      return Response.json({ channels: [], producers: [] });
    },
  );
  const base = { topic: TOPIC, channel: CHANNEL, logger: new LogBook() };
  const address = [`127.0.0.1:${lookupd.addr.port}`];
  const secrets = [{ authSecret: "s" }, { authSecret: "s", lookupdAuthorization: false }, {}];
  for (const options of secrets) {
    const consumer = new Consumer({ ...base, lookupd: address, ...options });
    await using _ = running(consumer, () => {});
    await consumer.ready;
  }
  equal(shown, ["Bearer s", null, null]);
});

Deno.test("Consumer gives a server up that does not speak NSQ, or says nothing", async () => {
  await using nsqd = await startNsqd();
  const http = { tcpPort: nsqd.httpPort } as Nsqd;
  equal(/IDENTIFY failed - /.test(await refusal(http, {})), true);
  const logger = new LogBook();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const silent = [`127.0.0.1:${(listener.addr as Deno.NetAddr).port}`];
  const consumer = new Consumer({ topic: TOPIC, channel: CHANNEL, nsqd: silent, logger });
  const run = consumer.run(() => {});
  using _accepted = await listener.accept();
  await pause(50);
  const startedMs = performance.now();
  await consumer.stop();
  await run;
  equal(performance.now() - startedMs < 1000, true, "stop does not wait for the handshake");
});

Deno.test("Consumer refuses options that cannot be meant", async () => {
  const base = { topic: TOPIC, channel: CHANNEL, nsqd: ["127.0.0.1:4150"] };
  const wrong: [Partial<ConsumerOptions>, RegExp][] = [
    [{ topic: "a b" }, /invalid topic name "a b"/],
    [{ channel: "" }, /invalid channel name ""/],
    [{ nsqd: [] }, /no address of an nsqd or a lookupd/],
    [{ lookupd: ["127.0.0.1:4161"] }, /exclude each other/],
    [{ nsqd: ["localhost"] }, /invalid nsqd address "localhost"/],
    [{ nsqd: [], lookupd: ["localhost"] }, /invalid lookupd address "localhost"/],
    [{ maxInFlight: -1 }, /invalid max_in_flight ! -1 < 0/],
    [{ maxAttempts: 70000 }, /invalid max_attempts ! 70000 > 65535/],
    [{ heartbeatIntervalMs: 90_000 }, /heartbeat_interval .*read_timeout/],
    [{ snappy: true, deflateLevel: 1 }, /deflate and snappy/],
    [{ heartbeatIntervalMs: -1 }, /heartbeat_interval must not be off for a consumer/],
    [{ dialTimeoutMs: -1 }, /invalid dial_timeout ! -1ms < 0s/],
    [{ deflateLevel: 10 }, /invalid deflate_level ! 10 > 9/],
    [{ tls: { cert: "x" } }, /tls_cert and tls_key/],
  ];
  for (const [options, message] of wrong) {
    throws(() => new Consumer({ ...base, ...options }), message);
  }
  const consumer = new Consumer(base);
  await consumer.stop();
  await rejects(consumer.run(() => {}, { concurrency: 0 }), /concurrency/);
});
