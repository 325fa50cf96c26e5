import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import { UsageError } from "../cli/usage_error.ts";
import { configValue, type NsqdOptions, parseNsqdOptions, withListeningPorts } from "./options.ts";

const HOSTNAME = "vm";

/** Defaults by key in the configuration file, as GET /config shows them. */
const DEFAULTS: Record<string, unknown> = {
  id: 617,
  log_level: 2,
  log_prefix: "[nsqd] ",
  log_format: "text",
  tcp_address: "0.0.0.0:4150",
  io_threads: 0,
  http_address: "0.0.0.0:4151",
  https_address: "0.0.0.0:4152",
  broadcast_address: HOSTNAME,
  broadcast_tcp_port: 0,
  broadcast_http_port: 0,
  nsqlookupd_tcp_addresses: [],
  auth_http_addresses: [],
  auth_http_request_method: "get",
  http_client_connect_timeout: 2_000_000_000,
  http_client_request_timeout: 5_000_000_000,
  topology_region: "",
  topology_zone: "",
  data_path: "",
  data_path_create: false,
  mem_queue_size: 10_000,
  max_bytes_per_file: 104_857_600,
  http_auth_file: "",
  http_client_auth_secret_file: "",
  durable: [],
  retain_age: 0,
  retain_bytes: 0,
  policy_file: [],
  sync_every: 2500,
  sync_timeout: 2_000_000_000,
  queue_scan_selection_count: 20,
  queue_scan_worker_pool_max: 4,
  msg_timeout: 60_000_000_000,
  max_msg_timeout: 900_000_000_000,
  max_msg_size: 1_048_576,
  max_body_size: 5_242_880,
  max_req_timeout: 3_600_000_000_000,
  max_heartbeat_interval: 60_000_000_000,
  max_rdy_count: 2500,
  max_output_buffer_size: 65_536,
  max_output_buffer_timeout: 30_000_000_000,
  min_output_buffer_timeout: 25_000_000,
  output_buffer_timeout: 250_000_000,
  max_channel_consumers: 0,
  statsd_address: "",
  statsd_prefix: "nsq.%s",
  statsd_interval: 60_000_000_000,
  statsd_mem_stats: true,
  statsd_udp_packet_size: 508,
  statsd_exclude_ephemeral: false,
  e2e_processing_latency_window_time: 600_000_000_000,
  e2e_processing_latency_percentiles: [],
  tls_cert: "",
  tls_key: "",
  tls_client_auth_policy: "",
  tls_root_ca_file: "",
  tls_required: 0,
  tls_min_version: 769,
  deflate: true,
  max_deflate_level: 6,
  snappy: true,
  enable_experiment: [],
};

/** Parses with a configuration file of that content, and collects the warnings. */
function parse(args: string[], file?: string) {
  const warnings: string[] = [];
  const parsed = parseNsqdOptions(file === undefined ? args : ["--config=nsqd.cfg", ...args], {
    hostname: () => HOSTNAME,
    readTextFile: () => file ?? "",
    warn: (line) => void warnings.push(line),
  });
  return { parsed, warnings };
}

function options(args: string[], file?: string): NsqdOptions {
  const { parsed } = parse(args, file);
  ok("options" in parsed);
  return parsed.options;
}

function refuses(args: string[], message: string | RegExp, file?: string): void {
  throws(() => parse(args, file), (error: unknown) => {
    ok(error instanceof UsageError, String(error));
    if (typeof message === "string") strictEqual(error.message, message);
    else match(error.message, message);
    strictEqual(error.message.includes("\n"), false);
    return true;
  });
}

Deno.test("configValue gives every default as the reference shows it", () => {
  const defaults = options([]);
  for (const [key, value] of Object.entries(DEFAULTS)) {
    deepStrictEqual(configValue(defaults, key), value, key);
  }
  strictEqual(Object.keys(DEFAULTS).length, Object.keys(defaults).length);
});

Deno.test("configValue knows no flag names and no inherited names", () => {
  for (const key of ["node_id", "lookupd_tcp_address", "config", "version", "toString", ""]) {
    strictEqual(configValue(options([]), key), undefined, key);
  }
});

Deno.test("parseNsqdOptions reads every kind of flag", () => {
  const parsed = options([
    ...["-node-id", "5", "--log-level=WARN", "-tcp-address=127.0.0.1:0", "--http-address="],
    ...["--msg-timeout", "1m30s", "-statsd-mem-stats=false", "--mem-queue-size=0"],
    ...["--enable-experiment=topology-aware-consumption", "--log-format=json"],
    ...["--snappy=false", "--deflate=0", "--tls-required=false", "--tls-min-version="],
    ...["--topology-zone=a", "--topology-zone=b", "--statsd-exclude-ephemeral"],
  ]);
  deepStrictEqual(
    [parsed.nodeId, parsed.logLevel, parsed.tcpAddress, parsed.httpAddress, parsed.msgTimeoutMs],
    [5, 3, "127.0.0.1:0", "", 90_000],
  );
  deepStrictEqual(
    [parsed.statsdMemStats, parsed.memQueueSize, parsed.experiments, parsed.logFormat],
    [false, 0, ["topology-aware-consumption"], "json"],
  );
  deepStrictEqual(
    [parsed.snappyEnabled, parsed.deflateEnabled, parsed.tlsRequired, parsed.tlsMinVersion],
    [false, false, "no", "tls1.0"],
  );
  deepStrictEqual([parsed.topologyZone, parsed.statsdExcludeEphemeral], ["b", true]);
});

Deno.test("parseNsqdOptions puts a flag over the file over the default", () => {
  const file = 'id = 7\nmsg_timeout = 1500\nmax_rdy_count = "10"\nmax_msg_size = 2048\n';
  const parsed = options(["--max-msg-size=4096"], file);
  deepStrictEqual(
    [parsed.nodeId, parsed.msgTimeoutMs, parsed.maxRdyCount, parsed.maxMsgSizeBytes],
    [7, 1500, 10, 4096],
  );
  strictEqual(parsed.maxBodySizeBytes, 5_242_880);
});

Deno.test("parseNsqdOptions looks at no value of the file that a flag overrides", () => {
  strictEqual(options(["--sync-every=1"], 'sync_every = "many"').syncEvery, 1);
  refuses([], 'nsqd.cfg: sync_every: invalid integer "many"', 'sync_every = "many"');
});

Deno.test("parseNsqdOptions warns once of each unknown key and goes on", () => {
  const { parsed, warnings } = parse(
    [],
    "foo = 1\nmem-queue-siez = 3\nsync_every = 9\n[bar]\nx = 1\ny = 2\n",
  );
  ok("options" in parsed && parsed.options.syncEvery === 9);
  deepStrictEqual(warnings, [
    'nsqd.cfg: unknown key "foo" is ignored',
    'nsqd.cfg: unknown key "mem-queue-siez" is ignored, did you mean mem_queue_size?',
    'nsqd.cfg: section ["bar"] is ignored, options stand above all sections',
  ]);
});

Deno.test("parseNsqdOptions warns of deprecated flags and of words after the flags", () => {
  deepStrictEqual(parse(["--verbose", "--worker-id", "x", "--sync-every=1"]).warnings, [
    "--verbose is deprecated and has no effect, use --log-level",
    "--worker-id is deprecated and has no effect, use --node-id",
    "ignored, as flags end there: x --sync-every=1",
  ]);
  deepStrictEqual(parse(["--verbose=false"]).warnings, []);
});

Deno.test("parseNsqdOptions names the flag whose value will not do", () => {
  const cases: [string, string | RegExp][] = [
    ["--nope", /'--nope'/],
    ["--sync-evry=1", /'--sync-evry' \(Did you mean --sync-every\?\)/],
    ["--sync-every", "--sync-every: needs a value"],
    ["--sync-every=x", '--sync-every: invalid integer "x"'],
    ["--sync-every=9223372036854775808", /^--sync-every: .*64-bit/],
    ["--sync-timeout=5", /^--sync-timeout: missing unit/],
    ["--statsd-mem-stats=maybe", /^--statsd-mem-stats: invalid boolean "maybe"/],
    ["--verbose=maybe", /^--verbose: invalid boolean/],
    ["--log-level=loud", /^--log-level: unknown value "loud"/],
    ["--log-level=2", /^--log-level: /],
    ["--log-format=xml", /^--log-format: /],
    ["--enable-experiment=warp", /^--enable-experiment: unknown experiment "warp"/],
    ["--auth-http-request-method=put", /^--auth-http-request-method: /],
    ["--tls-client-auth-policy=maybe", /^--tls-client-auth-policy: unknown value/],
    ["--tls-min-version=ssl3.0", /^--tls-min-version: unknown value/],
    ["--tls-required=maybe", /^--tls-required: unknown value/],
    ["--tcp-address=", "--tcp-address: must not be empty"],
    ["--tcp-address=127.0.0.1:65536", /^--tcp-address: port "65536"/],
    ["--http-address=127.0.0.1:http", /^--http-address: port "http"/],
  ];
  for (const [flag, message] of cases) refuses([flag], message);
});

Deno.test("parseNsqdOptions refuses values out of range", () => {
  const bad: Record<string, string[]> = {
    "node-id": ["-1", "1024"],
    "max-deflate-level": ["0", "10"],
    "e2e-processing-latency-percentile": ["0", "1.1", "0.5,2", "-0.5"],
    "max-msg-size": ["0", "-1", "2147483648"],
    "max-body-size": ["0", "-1", "2147483648"],
    "max-bytes-per-file": ["0", "-1"],
    "broadcast-tcp-port": ["-1", "65536"],
    "broadcast-http-port": ["-1", "65536"],
    "statsd-udp-packet-size": ["0"],
    "queue-scan-selection-count": ["0"],
    "queue-scan-worker-pool-max": ["0"],
  };
  const notNegative = "mem-queue-size sync-every max-rdy-count max-output-buffer-size " +
    "max-channel-consumers";
  for (const flag of notNegative.split(" ")) bad[flag] = ["-1"];
  const positiveDurations = "sync-timeout msg-timeout output-buffer-timeout statsd-interval";
  for (const flag of positiveDurations.split(" ")) bad[flag] = ["0", "0s", "-1s"];
  const durations = "max-msg-timeout max-req-timeout max-heartbeat-interval " +
    "max-output-buffer-timeout min-output-buffer-timeout http-client-connect-timeout " +
    "http-client-request-timeout e2e-processing-latency-window-time";
  for (const flag of durations.split(" ")) bad[flag] = ["-1ns"];
  for (const [flag, values] of Object.entries(bad)) {
    for (const value of values) {
      refuses([`--${flag}=${value}`], new RegExp(`^--${flag}: .* is out of range \\(`));
    }
  }
});

Deno.test("parseNsqdOptions accepts values at the edge of their range", () => {
  const parsed = options([
    ...["--node-id=1023", "--max-deflate-level=9", "--max-msg-timeout=0", "--sync-every=0"],
    ...["--mem-queue-size=9223372036854775807", "--sync-timeout=1ns", "--max-msg-size=1"],
  ]);
  deepStrictEqual([parsed.nodeId, parsed.maxDeflateLevel, parsed.syncTimeoutMs], [1023, 9, 1e-6]);
  strictEqual(parsed.memQueueSize, 2 ** 63);
});

Deno.test("parseNsqdOptions starts with the reference's example of a file, without warnings", () => {
  const { parsed, warnings } = parse(
    [],
    'tls_cert = ""\ntls_key = ""\ntls_required = false\ntls_min_version = ""\n' +
      "nsqlookupd_tcp_addresses = []\nsnappy = true\ndeflate = true\nmax_deflate_level = 6\n",
  );
  ok("options" in parsed);
  strictEqual(parsed.options.snappyEnabled && parsed.options.deflateEnabled, true);
  deepStrictEqual(warnings, []);
});

Deno.test("parseNsqdOptions warns of a TLS version that is not spoken, where TLS is", () => {
  const warned = "--tls-min-version: tls1.1 is not spoken here, tls1.2 is the oldest accepted";
  const withTls = (...flags: string[]) => parse(["--tls-cert=a.pem", "--tls-key=b.pem", ...flags]);
  deepStrictEqual(withTls("--tls-min-version=tls1.1").warnings, [warned]);
  deepStrictEqual(withTls("--tls-min-version=tls1.2").warnings, []);
  deepStrictEqual(withTls().warnings, []);
});

Deno.test("parseNsqdOptions warns of what has no effect without something else", () => {
  const warned = (flags: string[], file?: string) =>
    parse(flags, file).warnings.map((line) => line.replace(" has no effect", ""));
  const cases: [string, string, string][] = [
    ["--statsd-interval=10s", "--statsd-address", "=127.0.0.1:8125"],
    ["--statsd-exclude-ephemeral", "--statsd-address", "=127.0.0.1:8125"],
    ["--e2e-processing-latency-window-time=1m", "--e2e-processing-latency-percentile", "=0.5"],
    ["--auth-http-request-method=post", "--auth-http-address", "=127.0.0.1:1"],
    ["--data-path-create", "--data-path", "=x"],
  ];
  for (const [flag, needed, value] of cases) {
    deepStrictEqual(warned([flag]), [`${flag.replace(/=.*/, "")} without ${needed}`]);
    deepStrictEqual(warned([flag, needed + value]), []);
  }
  deepStrictEqual(warned(["--max-deflate-level=3", "--deflate=false"]), [
    "--max-deflate-level without --deflate",
  ]);
  const pair = ["--tls-cert=a.pem", "--tls-key=b.pem"];
  for (const flag of ["--https-address=:1", "--tls-min-version=tls1.3"]) {
    const [name] = flag.split("=");
    deepStrictEqual(warned([flag]), [`${name} without --tls-cert and --tls-key`]);
    deepStrictEqual(warned([...pair, flag]), []);
  }
  const authority = [...pair, "--tls-root-ca-file=ca.pem"];
  match(warned(authority)[0]!, /^--tls-root-ca-file without --tls-client-auth-policy=require-ver/);
  match(warned([...authority, "--tls-client-auth-policy=require"])[0]!, /^--tls-root-ca-file wi/);
  deepStrictEqual(warned([...authority, "--tls-client-auth-policy=require-verify"]), []);
  deepStrictEqual(warned([...authority, "--auth-http-address=https://a"]), []);
  // Nothing is expected of what is set to its default, or off.
  deepStrictEqual(
    warned(["--statsd-interval=60s", "--https-address=", "--statsd-mem-stats=false"]),
    [],
  );
  deepStrictEqual(warned([], 'statsd_interval = "10s"'), [
    "--statsd-interval without --statsd-address",
  ]);
});

Deno.test("parseNsqdOptions gives the version line that scripts parse", () => {
  const { parsed } = parse(["--version", "x"]);
  ok("version" in parsed);
  match(parsed.version, /^nsqd v1\.3\.0 \(built w\/[a-z0-9.-]+\)$/);
});

Deno.test("parseNsqdOptions lists every flag in its help, with defaults as Go prints them", () => {
  const { parsed } = parse(["-h"]);
  ok("help" in parsed);
  const listed = [...parsed.help.matchAll(/^ {2}--([a-z0-9-]+)/gm)].map(([, flag]) => flag);
  strictEqual(
    new Set(listed).size,
    Object.keys(DEFAULTS).length + "version config verbose worker-id".split(" ").length,
  );
  match(parsed.help, /^Messages:$/m);
  match(parsed.help, /--max-req-timeout <duration>\n +[^\n]*\(default 1h0m0s\)$/m);
  match(parsed.help, /--log-prefix <string>\n +[^\n]*\(default "\[nsqd\] "\)$/m);
  match(parsed.help, /^Examples:\n {2}# General: .*\n {2}echo /m);
});

Deno.test("withListeningPorts announces the ports listened on unless others were given", () => {
  const plain = withListeningPorts(options([]), 4150, 4151);
  deepStrictEqual([plain.broadcastTcpPort, plain.broadcastHttpPort], [4150, 4151]);
  strictEqual(plain.statsdPrefix, "nsq.vm_4151.");
  const given = withListeningPorts(
    options(["--broadcast-tcp-port=1", "--broadcast-http-port=2", "--broadcast-address=a.b"]),
    4150,
    4151,
  );
  deepStrictEqual([given.broadcastTcpPort, given.broadcastHttpPort], [1, 2]);
  strictEqual(given.statsdPrefix, "nsq.a_b_2.");
  strictEqual(withListeningPorts(options(["--statsd-prefix="]), 1, 2).statsdPrefix, "");
});
