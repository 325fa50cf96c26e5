import {
  deepStrictEqual as deepEqual,
  doesNotMatch,
  match,
  strictEqual as equal,
} from "node:assert/strict";
import type { ClientStats } from "../../broker/stats.ts";
import { createNsqdApi } from "./api.ts";
import { FakeHost } from "./testing/fake_host.ts";
import { PROJECT_VERSION } from "../../version.ts";

const NOW = new Date("2026-11-22T01:29:10.750Z");

function makeApi(flags: string[] = []) {
  const host = new FakeHost(flags);
  const api = createNsqdApi(host, () => NOW);
  const send = async (method: string, path: string, body?: BodyInit) => {
    const request = new Request(`http://a${path}`, { method, ...(body !== undefined && { body }) });
    const response = await api.handle(request, { remoteAddress: "127.0.0.1:9" });
    return { status: response.status, text: await response.text() };
  };
  const post = async (path: string, body?: BodyInit) => {
    const { status, text } = await send("POST", path, body);
    return `${status} ${text}`;
  };
  return { host, send, post };
}

Deno.test("/ping tells the broker's health", async () => {
  const { host, send } = makeApi();
  deepEqual(await send("GET", "/ping"), { status: 200, text: "OK" });
  host.broker.healthText = "NOK - disk full";
  deepEqual(await send("GET", "/ping"), { status: 500, text: "NOK - disk full" });
});

Deno.test("/info gives the options in nanoseconds and bytes", async () => {
  const { send } = makeApi(["--broadcast-address=b", "--topology-zone=z"]);
  const { text } = await send("GET", "/info");
  equal(
    text.replace(/"hostname":"[^"]*"/, '"hostname":"h"'),
    '{"version":"1.3.0","broadcast_address":"b","hostname":"h","http_port":4151,"tcp_port":4150,' +
      '"start_time":1795310888,"max_heartbeat_interval":60000000000,' +
      '"max_output_buffer_size":65536,"max_output_buffer_timeout":30000000000,' +
      '"max_deflate_level":6,"topology_zone":"z","topology_region":"",' +
      `"nsq_ts_version":"${PROJECT_VERSION}","io_threads":0,"state":"running"}`,
  );
});

Deno.test("/pub publishes the body, deferred if asked", async () => {
  const { host, post } = makeApi();
  equal(await post("/pub?topic=t", "one"), "200 OK");
  equal(await post("/pub?topic=t&defer=%2B1500", "two"), "200 OK");
  equal(await post("/pub?topic=t&defer=0", "three"), "200 OK");
  deepEqual(host.broker.topic("t").published, [
    { body: "one", delayMs: 0 },
    { body: "two", delayMs: 1500 },
    { body: "three", delayMs: 0 },
  ]);
});

Deno.test("/pub checks the size, then emptiness, then the query, then the delay", async () => {
  const { host, post } = makeApi(["--max-msg-size=4", "--max-req-timeout=1m"]);
  equal(await post("/pub", "12345"), '413 {"message":"MSG_TOO_BIG"}');
  equal(await post("/pub", ""), '400 {"message":"MSG_EMPTY"}');
  equal(await post("/pub?topic=%zz", "1234"), '400 {"message":"INVALID_REQUEST"}');
  equal(await post("/pub", "1234"), '400 {"message":"MISSING_ARG_TOPIC"}');
  equal(await post("/pub?topic=a%20b", "1234"), '400 {"message":"INVALID_TOPIC"}');
  equal(host.broker.topics.size, 0);
  for (const defer of ["", "x", "-1", "60001", "1.5", "1e3", "0x1", "9".repeat(20)]) {
    equal(await post(`/pub?topic=t&defer=${defer}`, "1234"), '400 {"message":"INVALID_DEFER"}');
  }
  equal(await post("/pub?topic=t&defer=60000", "1234"), "200 OK");
});

Deno.test("/mpub publishes lines or, with binary, sized bodies", async () => {
  const { host, post } = makeApi();
  const sized = new Uint8Array([0, 0, 0, 1, 0, 0, 0, 2, 0x61, 0x0a]);
  equal(await post("/mpub?topic=t", "one\ntwo\n\n"), "200 OK");
  equal(await post("/mpub?topic=t", "\n"), "200 OK");
  equal(await post("/mpub?topic=t&binary=true", sized), "200 OK");
  equal(await post("/mpub?topic=t&binary=false", "three"), "200 OK");
  equal(await post("/mpub?topic=t&binary=yes", sized), "200 OK");
  deepEqual(
    host.broker.topic("t").published.map(({ body }) => body),
    ["one", "two", "a\n", "three", "a\n"],
  );
  match(host.logLines.join(""), /WARNING: deprecated value 'yes' used for \/mpub binary param/);
});

Deno.test("/mpub stores nothing of a bad batch", async () => {
  const { host, post } = makeApi(["--max-msg-size=4", "--max-body-size=20"]);
  equal(await post("/mpub", "a"), '400 {"message":"MISSING_ARG_TOPIC"}');
  equal(await post("/mpub?topic=t", "a\n12345"), '413 {"message":"MSG_TOO_BIG"}');
  equal(await post("/mpub?topic=t", "a\n".repeat(11)), '413 {"message":"BODY_TOO_BIG"}');
  equal(await post("/mpub?topic=t&binary=1", "ab"), '413 {"message":"BAD_BODY"}');
  equal(await post("/mpub?topic=t&binary=1", "\0\0\0\x01"), '413 {"message":"BAD_MESSAGE"}');
  equal(await post("/mpub?topic=t&binary=1", "x".repeat(21)), '413 {"message":"BODY_TOO_BIG"}');
  deepEqual(host.broker.topic("t").published, []);
});

Deno.test("publishing answers EXITING and logs why when nothing can be stored", async () => {
  const { host, post } = makeApi();
  host.broker.topic("t").failure = new Error("disk full");
  equal(await post("/pub?topic=t", "x"), '503 {"message":"EXITING"}');
  equal(await post("/mpub?topic=t", "x"), '503 {"message":"EXITING"}');
  equal(host.logLines.filter((line) => line.includes("disk full")).length, 2);
});

Deno.test("/topic/… creates, pauses, empties and deletes", async () => {
  const { host, post } = makeApi();
  equal(await post("/topic/create?topic=t"), "200 ");
  for (const action of ["pause", "unpause", "empty"]) {
    equal(await post(`/topic/${action}?topic=t`), "200 ");
  }
  deepEqual(host.broker.topic("t").calls, ["pause", "unpause", "empty"]);
  equal(host.persisted, 2);
  equal(await post("/topic/delete?topic=t"), "200 ");
  equal(host.broker.topics.size, 0);
});

Deno.test("a pause that the metadata file cannot keep is refused, and the log says why", async () => {
  const { host, post } = makeApi();
  await post("/topic/create?topic=t");
  await post("/channel/create?topic=t&channel=c");
  host.persistFailure = new Error("disk full");
  const refused = '503 {"message":"DISK_ERROR"}';
  for (const action of ["pause", "unpause"]) {
    equal(await post(`/topic/${action}?topic=t`), refused);
    equal(await post(`/channel/${action}?topic=t&channel=c`), refused);
  }
  match(host.logLines.join(""), /ERROR: failed to unpause channel - disk full/);
  doesNotMatch(host.logLines.join(""), /panic/);
});

Deno.test("/topic/… tells a bad name from an unknown topic as the reference does", async () => {
  const { post } = makeApi();
  const invalid = '400 {"message":"INVALID_TOPIC"}';
  const unknown = '404 {"message":"TOPIC_NOT_FOUND"}';
  const badName = {
    create: invalid,
    empty: invalid,
    delete: unknown,
    pause: unknown,
    unpause: unknown,
  };
  for (const [action, answer] of Object.entries(badName)) {
    equal(await post(`/topic/${action}?topic=a%20b`), answer, action);
    equal(await post(`/topic/${action}`), '400 {"message":"MISSING_ARG_TOPIC"}', action);
    equal(await post(`/topic/${action}?topic=%z`), '400 {"message":"INVALID_REQUEST"}', action);
    if (action !== "create") equal(await post(`/topic/${action}?topic=nope`), unknown, action);
  }
});

Deno.test("/channel/… creates, pauses, empties and deletes", async () => {
  const { host, post } = makeApi();
  const topic = host.broker.topic("t");
  equal(await post("/channel/create?topic=t&channel=c"), "200 ");
  for (const action of ["pause", "unpause", "empty"]) {
    equal(await post(`/channel/${action}?topic=t&channel=c`), "200 ");
  }
  deepEqual(topic.channel("c").calls, ["pause", "unpause", "empty"]);
  equal(host.persisted, 2);
  equal(await post("/channel/delete?topic=t&channel=c"), "200 ");
  equal(topic.channels.size, 0);
});

Deno.test("/channel/… checks query, topic name, channel name, topic, channel in turn", async () => {
  const { host, post } = makeApi();
  host.broker.topic("t");
  for (const action of ["create", "delete", "empty", "pause", "unpause"]) {
    const refused = async (query: string, answer: string) =>
      equal(await post(`/channel/${action}${query}`), answer, `${action}${query}`);
    await refused("?topic=%z", '400 {"message":"INVALID_REQUEST"}');
    await refused("", '400 {"message":"MISSING_ARG_TOPIC"}');
    await refused("?topic=a%20b", '400 {"message":"INVALID_ARG_TOPIC"}');
    await refused("?topic=nope", '400 {"message":"MISSING_ARG_CHANNEL"}');
    await refused("?topic=nope&channel=", '400 {"message":"INVALID_ARG_CHANNEL"}');
    await refused("?topic=nope&channel=c", '404 {"message":"TOPIC_NOT_FOUND"}');
    if (action === "create") continue;
    await refused("?topic=t&channel=c", '404 {"message":"CHANNEL_NOT_FOUND"}');
  }
});

const LATENCY = '"e2e_processing_latency":{"count":0,"percentiles":null}';
const COUNTS = '"depth":0,"backend_depth":0,"message_count":0,"message_bytes":0,"paused":false';

Deno.test("/stats?format=json selects topics, channels, clients and memory", async () => {
  const { host, send } = makeApi();
  const stats = async (query: string) =>
    (await send("GET", `/stats?format=json&include_mem=false${query}`)).text;
  const head = '{"version":"1.3.0","health":"OK","start_time":1795310888,"topics":';
  const topic = (name: string, channels: string) =>
    `{"topic_name":"${name}","channels":[${channels}],${COUNTS},${LATENCY}}`;
  const channel = (clients: string) =>
    '{"channel_name":"c","depth":0,"backend_depth":0,"in_flight_count":0,"deferred_count":0,' +
    '"message_count":0,"requeue_count":0,"timeout_count":0,"client_count":0,' +
    `"clients":${clients},"paused":false,${LATENCY},"finish_count":0,"dead_count":0,"expired_count":0,` +
    '"rejected_count":0,"dropped_count":0,"skipped_count":0,"oldest_age_ms":0}';

  equal(await stats(""), `${head}[],"producers":null}`);
  host.broker.topic("a").channel("c");
  host.broker.topic("b");
  equal(
    await stats(""),
    `${head}[${topic("a", channel("[]"))},${topic("b", "")}],"producers":null}`,
  );
  equal(
    await stats("&topic=a&include_clients=false"),
    `${head}[${topic("a", channel("null"))}],"producers":null}`,
  );
  equal(await stats("&topic=nope"), `${head}null,"producers":null}`);
  equal(await stats("&topic=b&channel=c"), `${head}[],"producers":null}`);
});

Deno.test("/stats lists producers unless clients are left out", async () => {
  const { host, send } = makeApi();
  host.producerList = [{ client_id: "p" } as ClientStats];
  const stats = async (query: string) =>
    JSON.parse((await send("GET", `/stats?format=json${query}`)).text);
  deepEqual((await stats("")).producers, [{ client_id: "p" }]);
  equal((await stats("&include_clients=0")).producers, null);
});

Deno.test("/stats includes memory figures unless they are left out", async () => {
  const { send } = makeApi();
  const { memory } = JSON.parse((await send("GET", "/stats?format=json")).text);
  equal(memory.heap_in_use_bytes > 1_000_000, true);
  deepEqual(Object.keys(memory), [
    "heap_objects",
    "heap_idle_bytes",
    "heap_in_use_bytes",
    "heap_released_bytes",
    "gc_pause_usec_100",
    "gc_pause_usec_99",
    "gc_pause_usec_95",
    "next_gc_bytes",
    "gc_total_runs",
  ]);
  match(
    (await send("GET", "/stats?include_mem=what")).text,
    /\nMemory:\n {3}heap_objects {13}\t0\n/,
  );
});

Deno.test("/stats is text unless JSON is asked for", async () => {
  const { send } = makeApi();
  for (const query of ["", "&format=text", "&format=JSON"]) {
    const { text } = await send("GET", `/stats?include_mem=0${query}`);
    match(
      text,
      /^nsqd v1\.3\.0 .*\nstart_time .*\nuptime 1m2\.25s\n\nHealth: OK\n\nTopics: None\n/,
    );
  }
  equal((await send("GET", "/stats?format=%zz")).text, '{"message":"INVALID_REQUEST"}');
});

Deno.test("/config reads options as numbers, text or lists", async () => {
  const { send } = makeApi(["--node-id=7", "--msg-timeout=1500ms"]);
  const values = {
    id: "7",
    log_level: "2",
    log_prefix: "[nsqd] ",
    msg_timeout: "1500000000",
    nsqlookupd_tcp_addresses: "[]",
    statsd_mem_stats: "true",
    tls_cert: "",
  };
  for (const [name, text] of Object.entries(values)) {
    deepEqual(await send("GET", `/config/${name}`), { status: 200, text }, name);
  }
  const invalid = { status: 400, text: '{"message":"INVALID_OPTION"}' };
  deepEqual(await send("GET", "/config/node_id"), invalid);
  deepEqual(await send("GET", "/config/toString"), invalid);
});

Deno.test("/config changes what can change in a running process", async () => {
  const { host, send } = makeApi();
  deepEqual(await send("PUT", "/config/log_level", "DEBUG"), { status: 200, text: "1" });
  equal(host.options.logLevel, 1);
  const addresses = "/config/nsqlookupd_tcp_addresses";
  deepEqual(await send("PUT", addresses, '["<a>:1"]'), {
    status: 200,
    text: '["\\u003ca\\u003e:1"]',
  });
  deepEqual(await send("PUT", addresses, "null"), { status: 200, text: "[]" });
});

Deno.test("/config refuses bad values and options that stay as they are", async () => {
  const { send } = makeApi(["--max-msg-size=20"]);
  const cases: [string, string, string][] = [
    ["log_level", "", '413 {"message":"INVALID_VALUE"}'],
    ["log_level", "x".repeat(21), '413 {"message":"INVALID_VALUE"}'],
    ["nope", "", '413 {"message":"INVALID_VALUE"}'],
    ["nope", "x", '400 {"message":"INVALID_OPTION"}'],
    ["id", "1", '400 {"message":"INVALID_OPTION"}'],
    ["log_level", "2", '400 {"message":"INVALID_VALUE"}'],
    ["log_level", "info\n", '400 {"message":"INVALID_VALUE"}'],
    ["nsqlookupd_tcp_addresses", '"a"', '400 {"message":"INVALID_VALUE"}'],
    ["nsqlookupd_tcp_addresses", "[1]", '400 {"message":"INVALID_VALUE"}'],
    ["nsqlookupd_tcp_addresses", "[", '400 {"message":"INVALID_VALUE"}'],
  ];
  for (const [name, value, answer] of cases) {
    const { status, text } = await send("PUT", `/config/${name}`, value);
    equal(`${status} ${text}`, answer, `${name} ${value}`);
  }
});
