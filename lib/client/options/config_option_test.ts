import { deepStrictEqual as equal, throws } from "node:assert/strict";
import { ValueError } from "../../value_error.ts";
import { applyConfigOption, type ConfigurableOptions } from "./config_option.ts";
import { resolveConnectionOptions, resolveConsumerOptions } from "./options.ts";

const BASE = { topic: "t", channel: "c", nsqd: ["127.0.0.1:4150"] };
const hostname = () => "host.example.com";

function applied(...texts: string[]): ConfigurableOptions {
  const options: ConfigurableOptions = {};
  for (const text of texts) applyConfigOption(options, text);
  return options;
}

Deno.test("applyConfigOption takes every plain option of go-nsq", () => {
  const cases: [string, ConfigurableOptions][] = [
    ["dial_timeout,2s", { dialTimeoutMs: 2000 }],
    ["read_timeout,5m", { readTimeoutMs: 300_000 }],
    ["write_timeout,100ms", { writeTimeoutMs: 100 }],
    ["lookupd_poll_interval,10ms", { lookupdPollIntervalMs: 10 }],
    ["lookupd_poll_jitter,0.5", { lookupdPollJitter: 0.5 }],
    ["lookupd_poll_timeout,1s", { lookupdPollTimeoutMs: 1000 }],
    ["max_requeue_delay,1h", { maxRequeueDelayMs: 3_600_000 }],
    ["default_requeue_delay,0", { defaultRequeueDelayMs: 0 }],
    ["backoff_strategy,full_jitter", { backoffStrategy: "full_jitter" }],
    ["max_backoff_duration,0s", { maxBackoffDurationMs: 0 }],
    ["backoff_multiplier,1.5s", { backoffMultiplierMs: 1500 }],
    ["max_attempts,0", { maxAttempts: 0 }],
    ["low_rdy_idle_timeout,1s", { lowRdyIdleTimeoutMs: 1000 }],
    ["low_rdy_timeout,1s", { lowRdyTimeoutMs: 1000 }],
    ["rdy_redistribute_interval,1ms", { rdyRedistributeIntervalMs: 1 }],
    ["client_id,a,b", { clientId: "a,b" }],
    ["hostname,h", { hostname: "h" }],
    ["user_agent,u/1", { userAgent: "u/1" }],
    ["heartbeat_interval,1s", { heartbeatIntervalMs: 1000 }],
    ["heartbeat_interval,-1ms", { heartbeatIntervalMs: -1 }],
    ["sample_rate,99", { sampleRate: 99 }],
    ["deflate,true", { deflate: true, deflateLevel: 6 }],
    ["deflate_level,9", { deflate: false, deflateLevel: 9 }],
    ["snappy", { snappy: true }],
    ["snappy,0", { snappy: false }],
    ["output_buffer_size,-1", { outputBufferSizeBytes: -1 }],
    ["output-buffer-timeout,25ms", { outputBufferTimeoutMs: 25 }],
    ["output_buffer_timeout,-1ms", { outputBufferTimeoutMs: -1 }],
    ["max_in_flight,200", { maxInFlight: 200 }],
    ["msg_timeout,90s", { msgTimeoutMs: 90_000 }],
    ["auth_secret,s3cret", { authSecret: "s3cret" }],
    ["skip_lookupd_authorization,false", { lookupdAuthorization: false }],
    ["tls_v1,true", { tls: { enabled: true } }],
    ["tls_insecure_skip_verify,true", { tls: { enabled: false, insecureSkipVerify: true } }],
    ["tls_min_version,tls1.2", { tls: { enabled: false, minVersion: "1.2" } }],
  ];
  for (const [text, expected] of cases) equal(applied(text), expected, text);
});

Deno.test("applyConfigOption refuses what go-nsq refuses, naming the option", () => {
  const cases: [string, string][] = [
    ["nonsense,1", 'invalid option "nonsense"'],
    ["max_in_flight,-1", "invalid max_in_flight ! -1 < 0"],
    ["max_attempts,65536", "invalid max_attempts ! 65536 > 65535"],
    ["sample_rate,100", "invalid sample_rate ! 100 > 99"],
    ["dial_timeout,-1s", "invalid dial_timeout ! -1s < 0s"],
    ["lookupd_poll_timeout,600h", "invalid lookupd_poll_timeout ! 600h0m0s > 596h31m23.647s"],
    [
      "heartbeat_interval,-1",
      'invalid heartbeat_interval - missing unit in duration "-1", as in 250ms or 1m30s',
    ],
    ["read_timeout,99ms", "invalid read_timeout ! 99ms < 100ms"],
    ["rdy_redistribute_interval,6s", "invalid rdy_redistribute_interval ! 6s > 5s"],
    ["deflate_level,0", "invalid deflate_level ! 0 < 1"],
    ["lookupd_poll_jitter,1.1", "invalid lookupd_poll_jitter ! 1.1 > 1"],
    [
      "msg_timeout,1000",
      'invalid msg_timeout - missing unit in duration "1000", as in 250ms or 1m30s',
    ],
    ["max_in_flight", 'invalid max_in_flight - invalid integer "true"'],
    ["snappy,perhaps", 'invalid snappy - invalid boolean "perhaps" (true or false)'],
    [
      "backoff_strategy,x",
      'invalid backoff_strategy - "x" is none of exponential, full_jitter',
    ],
    ["tls_min_version,tls9", 'invalid tls_min_version - "tls9" is not a tls version'],
    ["tls_config,x", "invalid tls_config - cannot be given as text: use the options tls_*"],
  ];
  for (const [text, message] of cases) {
    throws(() => applied(text), (error) => {
      equal([error instanceof ValueError, (error as Error).message], [true, message]);
      return true;
    });
  }
  throws(
    () => applied("tls_root_ca_file,/does/not/exist"),
    /invalid tls_root_ca_file - cannot read .*: no such file/,
  );
  throws(() => applied(`tls_cert,${import.meta.filename}`), /invalid tls_cert - .* is no PEM file/);
});

Deno.test("resolveConsumerOptions has go-nsq's defaults", () => {
  equal(resolveConsumerOptions(BASE, hostname), {
    ...BASE,
    lookupd: [],
    dialTimeoutMs: 1000,
    readTimeoutMs: 60_000,
    writeTimeoutMs: 1000,
    lookupdPollIntervalMs: 60_000,
    lookupdPollJitter: 0.3,
    lookupdPollTimeoutMs: 60_000,
    maxRequeueDelayMs: 900_000,
    defaultRequeueDelayMs: 90_000,
    backoffStrategy: "exponential",
    maxBackoffDurationMs: 120_000,
    backoffMultiplierMs: 1000,
    maxAttempts: 5,
    lowRdyIdleTimeoutMs: 10_000,
    lowRdyTimeoutMs: 30_000,
    rdyRedistributeIntervalMs: 5000,
    clientId: "host",
    hostname: "host.example.com",
    userAgent: "nsq-ts/0.1.0",
    heartbeatIntervalMs: 30_000,
    sampleRate: 0,
    tls: null,
    deflate: false,
    deflateLevel: 6,
    snappy: false,
    outputBufferSizeBytes: 16_384,
    outputBufferTimeoutMs: 250,
    maxInFlight: 1,
    msgTimeoutMs: 0,
    authSecret: "",
    lookupdAuthorization: true,
    joinOnly: false,
  });
});

Deno.test("resolveConnectionOptions switches TLS and deflate on only where they are meant", () => {
  const resolved = (...texts: string[]) => {
    const { tls, deflate, deflateLevel } = resolveConnectionOptions(applied(...texts), hostname);
    return { tls: tls !== null, deflate, deflateLevel };
  };
  equal(resolved("tls_insecure_skip_verify"), { tls: false, deflate: false, deflateLevel: 6 });
  equal(resolved("tls_insecure_skip_verify", "tls_v1"), {
    tls: true,
    deflate: false,
    deflateLevel: 6,
  });
  equal(resolved("deflate_level,2"), { tls: false, deflate: false, deflateLevel: 2 });
  equal(resolved("deflate_level,2", "deflate"), { tls: false, deflate: true, deflateLevel: 2 });
  const given = resolveConnectionOptions({ deflateLevel: 3, tls: {} }, hostname);
  equal([given.deflate, given.deflateLevel, given.tls], [true, 3, {}]);
});
