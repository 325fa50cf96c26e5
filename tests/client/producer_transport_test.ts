/** A producer over TLS, compressed, and with authorization. */
import {
  applyConfigOption,
  type ConfigurableOptions,
  Producer,
  type ProducerOptions,
} from "../../lib/client/mod.ts";
import { AuthServer } from "../auth/auth_server.ts";
import { equal, match } from "../harness/assert.ts";
import { type Nsqd, startNsqd } from "../harness/mod.ts";
import { makeCertificates, tlsFlags } from "../transport/certificates.ts";
import { keepingLogger, rejection } from "./producer_support.ts";

const TOPIC = "orders";

function producerFor(nsqd: Nsqd, options: Partial<ProducerOptions>): Producer {
  const address = `127.0.0.1:${nsqd.tcpPort}`;
  return new Producer({ nsqd: [address], logger: keepingLogger(), maxAttempts: 1, ...options });
}

function withOptions(...texts: string[]): ConfigurableOptions {
  const options: ConfigurableOptions = {};
  for (const text of texts) applyConfigOption(options, text);
  return options;
}

Deno.test("Producer speaks TLS with a client certificate, also compressed", async () => {
  using certificates = await makeCertificates();
  const { ca, client } = certificates;
  await using nsqd = await startNsqd({
    flags: [
      ...tlsFlags(certificates),
      `--tls-root-ca-file=${ca}`,
      "--tls-client-auth-policy=require-verify",
      "--tls-required=tcp-https",
    ],
  });
  await nsqd.create(TOPIC);
  const tls = ["tls_v1", `tls_root_ca_file,${ca}`];
  const known = [...tls, `tls_cert,${client.cert}`, `tls_key,${client.key}`];
  const variants = [known, [...known, "snappy"], [...known, "deflate"]];
  const body = "x".repeat(200_000);
  for (const [index, texts] of variants.entries()) {
    await using producer = producerFor(nsqd, withOptions(...texts));
    await producer.publish(TOPIC, body);
    const { message_count, message_bytes } = await nsqd.topic(TOPIC);
    equal(message_count, index + 1);
    equal(message_bytes, (index + 1) * body.length);
  }
  for (const texts of [[], tls]) {
    await using producer = producerFor(nsqd, withOptions(...texts));
    const { acknowledged } = await rejection(producer.publish(TOPIC, "not for you"));
    equal(acknowledged === false || acknowledged === "unknown", true);
  }
  equal((await nsqd.topic(TOPIC)).message_count, variants.length);
});

Deno.test("Producer that was told to use TLS publishes nothing without", async () => {
  await using nsqd = await startNsqd();
  await using producer = producerFor(nsqd, { tls: {} });
  const { message, acknowledged } = await rejection(producer.publish(TOPIC, "secret"));
  match(message, /TLS failed - nsqd does not offer it/);
  equal(acknowledged, false);
});

Deno.test("Producer authorizes itself, and says why it may not", async () => {
  await using auth = new AuthServer();
  await using nsqd = await startNsqd({ flags: [`--auth-http-address=${auth.address}`] });
  const publish = async (options: Partial<ProducerOptions>) => {
    await using producer = producerFor(nsqd, options);
    return await producer.publish(TOPIC, "a");
  };
  equal((await publish({ authSecret: "secret" })).attempts, 1);
  equal(auth.questions.at(-1)!.facts["secret"], "secret");
  const without = await rejection(publish({}));
  match(without.message, /AUTH failed - nsqd asks for an auth secret/);
  auth.answer = { ttl: 60, authorizations: [{ topic: "other", channels: [], permissions: [] }] };
  const refused = await rejection(publish({ authSecret: "secret" }));
  match(refused.message, /E_UNAUTHORIZED/);
  equal([without.acknowledged, refused.acknowledged].join(), "false,false");
  equal(refused.message.includes("secret"), false);
});
