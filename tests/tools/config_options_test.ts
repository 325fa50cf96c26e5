/** `--consumer-opt` and `--producer-opt`: what they change is seen by nsqd, and what cannot be is refused at the start. */
import { AuthServer } from "../auth/auth_server.ts";
import { deepEqual, equal, match } from "../harness/assert.ts";
import {
  eventually,
  isToolsReference,
  type Nsqd,
  pause,
  runTool,
  startNsqd,
  startTool,
} from "../harness/mod.ts";
import { makeCertificates, tlsFlags } from "../transport/certificates.ts";

const TOPIC = "orders", CHANNEL = "c";
const CLOSED_ADDRESS = "127.0.0.1:1";
const SOURCE = [`--topic=${TOPIC}`, `--channel=${CHANNEL}`];

const from = (nsqd: Nsqd) => [...SOURCE, `--nsqd-tcp-address=127.0.0.1:${nsqd.tcpPort}`];
const ours = { ignore: isToolsReference };

Deno.test("tools speak TLS, compress and authorize as their options say", ours, async () => {
  using certificates = await makeCertificates();
  await using auth = new AuthServer();
  const flags = [...tlsFlags(certificates), `--auth-http-address=${auth.address}`];
  await using nsqd = await startNsqd({ flags });
  await nsqd.create(TOPIC, CHANNEL);
  const secure = ["tls_v1", `tls_root_ca_file,${certificates.ca}`, "auth_secret,s3cret"];
  const options = (flag: string, ...more: string[]) =>
    [...secure, ...more].map((option) => `--${flag}=${option}`);
  const target = `--nsqd-tcp-address=127.0.0.1:${nsqd.tcpPort}`;
  const { code, stderr } = await runTool("to_nsq", [
    ...[`--topic=${TOPIC}`, target, "--log-level=debug"],
    ...options("producer-opt", "deflate", "deflate_level,3"),
  ], "one\ntwo\n");
  equal(code, 0, stderr);
  await using tool = startTool(
    "nsq_to_nsq",
    ...from(nsqd),
    ...["--destination-topic=copies", "--log-level=debug"],
    `--destination-nsqd-tcp-address=localhost:${nsqd.tcpPort}`,
    ...options("consumer-opt", "snappy", "client_id,me"),
    ...options("producer-opt", "tls_insecure_skip_verify", "snappy"),
  );
  await eventually(async () => equal((await nsqd.topic("copies")).message_count, 2));
  const [client] = (await nsqd.channel(TOPIC, CHANNEL)).clients!;
  const { tls, snappy, client_id, auth_identity } = client!;
  deepEqual([tls, snappy, client_id, auth_identity], [true, true, "me", "user"]);
  await tool.stop();
  equal(/s3cret/.test(stderr + tool.log()), false, "the secret is not logged");
});

Deno.test(
  "a certificate and a key that do not belong together are refused in one line",
  ours,
  async () => {
    using certificates = await makeCertificates();
    const { client, server } = certificates;
    for (
      const [name, flag] of [["nsq_tail", "consumer-opt"], ["to_nsq", "producer-opt"]] as const
    ) {
      const { code, stderr } = await runTool(name, [
        ...["--topic=t", `--nsqd-tcp-address=${CLOSED_ADDRESS}`, `--${flag}=tls_v1`],
        ...[`--${flag}=tls_cert,${client.cert}`, `--${flag}=tls_key,${server.key}`],
      ]);
      equal(code, 2);
      match(
        stderr,
        new RegExp(`^nsq [a-z]+: --${flag}: invalid tls_key - private key does not match[^\n]*\n$`),
      );
    }
  },
);

Deno.test("commands on a cluster name the flag of a file that cannot be used", ours, async () => {
  const { code, stderr } = await runTool("topic", [
    ...["ls", "--nsqd-http-address=https://127.0.0.1:1", "--http-client-tls-root-ca-file=/nope"],
  ]);
  equal(code, 1);
  equal(
    stderr,
    "nsq topic ls: --http-client-tls-root-ca-file: cannot read /nope: no such file or directory\n",
  );
});

Deno.test(
  "to-nsq publishes without heartbeats, and nsqd's buffer may be without time limit",
  ours,
  async () => {
    await using nsqd = await startNsqd();
    await nsqd.create(TOPIC, CHANNEL);
    await using tool = startTool(
      "nsq_to_nsq",
      ...from(nsqd),
      "--max-in-flight=1", // what was asked for is complete with each message, and sent then
      "--consumer-opt=output_buffer_timeout,-1ms",
      "--destination-topic=copies",
      `--destination-nsqd-tcp-address=127.0.0.1:${nsqd.tcpPort}`,
      ...["heartbeat_interval,-1ms", "read_timeout,200ms"].map((each) => `--producer-opt=${each}`),
    );
    for (const copies of [1, 2]) {
      await nsqd.post(`/pub?topic=${TOPIC}`, "message");
      await eventually(async () => equal((await nsqd.topic("copies")).message_count, copies));
      await pause(500);
    }
    equal(
      tool.logLines.filter((line) => /\) connected$|WARNING|ERROR/.test(line)).length,
      1,
      tool.log(),
    );
  },
);

for (
  const [name, ...flags] of [
    ["nsq_to_http", `--post=http://${CLOSED_ADDRESS}/`],
    ["nsq_to_nsq", `--destination-nsqd-tcp-address=${CLOSED_ADDRESS}`],
  ] as const
) {
  Deno.test(`${name} keeps a message for ever with max_attempts,0`, ours, async () => {
    await using nsqd = await startNsqd();
    await nsqd.create(TOPIC, CHANNEL);
    await nsqd.post(`/pub?topic=${TOPIC}`, "never taken");
    const options = ["default_requeue_delay,10ms", "max_backoff_duration,0"];
    await using tool = startTool(
      name,
      ...from(nsqd),
      ...flags,
      ...[...options, "max_attempts,0"].map((option) => `--consumer-opt=${option}`),
    );
    await eventually(async () => {
      const { requeue_count } = await nsqd.channel(TOPIC, CHANNEL);
      equal(requeue_count > 5, true, `${requeue_count} attempts`);
    });
    await tool.stop();
    equal(/giving up/.test(tool.log()), false);
    await eventually(async () => { // the broker need not have noticed yet that it has gone
      const { depth, deferred_count } = await nsqd.channel(TOPIC, CHANNEL);
      equal(depth + deferred_count, 1);
    });
  });
}

Deno.test("tools refuse options that contradict each other in one line, with 2", ours, async () => {
  const source = [...SOURCE, `--nsqd-tcp-address=${CLOSED_ADDRESS}`];
  const both = (flag: string) => [`--${flag}=snappy`, `--${flag}=deflate`];
  const toNsq = [...source, "--destination-nsqd-tcp-address=127.0.0.1:2"];
  const cases: [name: string, flags: string[]][] = [
    ["tail", [...source, ...both("consumer-opt")]],
    ["to-file", [...source, ...both("consumer-opt")]],
    ["to-http", [...source, `--post=http://${CLOSED_ADDRESS}`, ...both("consumer-opt")]],
    ["to-nsq", [...toNsq, ...both("consumer-opt")]],
    ["to-nsq", [...toNsq, ...both("producer-opt")]],
    ["pub", [`--topic=${TOPIC}`, source.at(-1)!, ...both("producer-opt")]],
    ["bench", [source.at(-1)!, ...both("producer-opt")]],
    ["bench", [source.at(-1)!, ...both("consumer-opt")]],
  ];
  const silent = await runTool("tail", [...source, "--consumer-opt=heartbeat_interval,-1ms"]);
  equal(silent.code, 2);
  match(silent.stderr, /^nsq tail: --consumer-opt: heartbeat_interval must not be off .*\n$/);
  for (const [name, flags] of cases) {
    const { code, stderr } = await runTool(name, flags);
    equal(code, 2, name);
    match(
      stderr,
      /^nsq [a-z-]+: --(consumer|producer)-opt: deflate and snappy exclude each other\n$/,
    );
  }
});
