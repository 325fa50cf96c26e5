import { strictEqual as equal } from "node:assert/strict";
import { nsqdSuite } from "../harness/mod.ts";
import { answer, refusal } from "./answer.ts";

const FLAGS = [
  "--tcp-address=127.0.0.1:0",
  "--node-id=7",
  "--msg-timeout=1500ms",
  "--max-msg-size=100",
  "--sync-every=9",
];

nsqdSuite(FLAGS, (test) => {
  test("/config reads an option as number, text or list", async (nsqd) => {
    const values = {
      id: "7",
      msg_timeout: "1500000000",
      max_msg_size: "100",
      sync_every: "9",
      log_level: "2",
      log_prefix: "[nsqd] ",
      data_path: nsqd.dataPath,
      tcp_address: "127.0.0.1:0",
      broadcast_tcp_port: String(nsqd.tcpPort),
      broadcast_http_port: String(nsqd.httpPort),
      nsqlookupd_tcp_addresses: "[]",
      e2e_processing_latency_percentiles: "[]",
      enable_experiment: "[]",
      statsd_mem_stats: "true",
      tls_required: "0",
      tls_min_version: "769",
      tls_cert: "",
    };
    for (const [name, value] of Object.entries(values)) {
      equal(await answer(nsqd, "GET", `/config/${name}`), `200 ${value}`, name);
    }
  });

  test("/config refuses what is no option", async (nsqd) => {
    const names = ["nope", "node_id", "version", "verbose", "lookupd_tcp_address", "toString"];
    for (const name of names) {
      equal(await answer(nsqd, "GET", `/config/${name}`), refusal(400, "INVALID_OPTION"), name);
    }
  });

  test("/config changes the log level at once", async (nsqd) => {
    equal(await answer(nsqd, "PUT", "/config/log_level", "ERROR"), "200 4");
    await answer(nsqd, "GET", "/ping?while=quiet");
    equal(await answer(nsqd, "PUT", "/config/log_level", "info"), "200 2");
    equal(await answer(nsqd, "GET", "/config/log_level"), "200 2");
    await answer(nsqd, "GET", "/ping?while=loud");
    await nsqd.waitForLog(/while=loud/);
    equal(nsqd.logLines.some((line) => line.includes("while=quiet")), false);
  });

  test("/config takes an empty list of lookupd addresses", async (nsqd) => {
    equal(await answer(nsqd, "PUT", "/config/nsqlookupd_tcp_addresses", "[]"), "200 []");
  });

  test("/config refuses bad values and options that stay as they are", async (nsqd) => {
    const invalid = refusal(400, "INVALID_VALUE");
    const cases: [string, string, string][] = [
      ["log_level", "", refusal(413, "INVALID_VALUE")],
      ["log_level", "x".repeat(101), refusal(413, "INVALID_VALUE")],
      ["log_level", "2", invalid],
      ["log_level", "info\n", invalid],
      ["nsqlookupd_tcp_addresses", '"a"', invalid],
      ["nsqlookupd_tcp_addresses", "[1]", invalid],
      ["nsqlookupd_tcp_addresses", "[] x", invalid],
      ["msg_timeout", "1", refusal(400, "INVALID_OPTION")],
      ["nope", "1", refusal(400, "INVALID_OPTION")],
    ];
    for (const [name, value, expected] of cases) {
      equal(await answer(nsqd, "PUT", `/config/${name}`, value), expected, `${name} ${value}`);
    }
  });
});
