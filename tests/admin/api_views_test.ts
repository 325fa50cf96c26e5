/** What the console's API shows. */
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import { Client, isToolsReference, startLookupd } from "../harness/mod.ts";
import { ask, startAdmin, TestCluster } from "./cluster.ts";

Deno.test("/api/topics lists topics, and those that no node has", async () => {
  await using cluster = await TestCluster.start({ lookupds: 2, nsqds: 1 });
  const admin = await cluster.admin();
  deepEqual((await ask(admin, "GET", "/api/topics")).json, { topics: null, message: "" });
  await cluster.create("b", [], [0]);
  await cluster.create("a", ["c"], [0]);
  await cluster.lookupds[0]!.post("/channel/create?topic=idle&channel=ch");
  await cluster.lookupds[1]!.post("/topic/create?topic=alone");
  deepEqual(await ask(admin, "GET", "/api/topics"), {
    status: 200,
    json: { topics: ["a", "alone", "b", "idle"], message: "" },
  });
  deepEqual(await ask(admin, "GET", "/api/topics?inactive=true"), {
    status: 200,
    json: { topics: { alone: null, idle: ["ch"] }, message: "" },
  });
});

Deno.test("/api/topics/:topic sums a topic's figures over its nodes", async () => {
  await using cluster = await TestCluster.start({ lookupds: 1, nsqds: 2 });
  await cluster.create("t", ["c"], [0, 1]);
  await cluster.nsqds[0]!.post("/pub?topic=t", "1");
  for (const body of ["2", "3"]) await cluster.nsqds[1]!.post("/pub?topic=t", body);
  for (const admin of [await cluster.admin(), await cluster.directAdmin()]) {
    const { status, json } = await ask(admin, "GET", "/api/topics/t");
    equal(status, 200);
    const { node, topic_name, message_count, paused, message } = json;
    deepEqual([node, topic_name, message_count, paused, message], ["*", "t", 3, false, ""]);
    deepEqual(
      json.nodes.map((each: { node: string; message_count: number }) => [
        each.node,
        each.message_count,
      ]).sort(),
      [[cluster.nodeName(0), 1], [cluster.nodeName(1), 2]].sort(),
    );
    deepEqual(
      json.channels.map((each: Record<string, unknown>) => [
        each.node,
        each.channel_name,
        each.depth,
        each.clients,
      ]),
      [["*", "c", 3, null]],
    );
  }
});

Deno.test("/api/topics/:topic/:channel shows a channel's figures and clients by node", async () => {
  await using cluster = await TestCluster.start({ lookupds: 1, nsqds: 2 });
  await cluster.create("t", ["c"], [0, 1]);
  using client = await Client.connect(cluster.nsqds[1]!.tcpPort);
  await client.identify({ client_id: "me", hostname: "here", user_agent: "test/1" });
  await client.subscribe("t", "c", 1);
  await cluster.nsqds[1]!.post("/pub?topic=t", "m");
  await client.nextMessage();
  const admin = await cluster.admin();
  const { status, json } = await ask(admin, "GET", "/api/topics/t/c");
  equal(status, 200);
  deepEqual(
    [json.node, json.channel_name, json.in_flight_count, json.client_count, json.nodes.length],
    ["*", "c", 1, 1, 2],
  );
  const [{ node, client_id, hostname, user_agent, ready_count, in_flight_count, connected }] =
    json.clients;
  deepEqual(
    [node, client_id, hostname, user_agent, ready_count, in_flight_count],
    [cluster.nodeName(1), "me", "here", "test/1", 1, 1],
  );
  ok(connected >= 0 && connected % 1e9 === 0, `${connected} ns`);
});

Deno.test({
  name: "a lookupd that does not know a topic which another knows is no problem",
  ignore: isToolsReference, // one there
  async fn() {
    await using cluster = await TestCluster.start({ lookupds: 1, nsqds: 1 });
    await using other = await startLookupd();
    await cluster.create("t", ["c"], [0]);
    await using admin = await startAdmin(
      ...[cluster.lookupds[0]!, other].map(({ httpPort }) =>
        `--lookupd-http-address=127.0.0.1:${httpPort}`
      ),
    );
    for (const path of ["/api/topics/t", "/api/topics/t/c"]) {
      const { status, json } = await ask(admin, "GET", path);
      deepEqual([status, json.message, json.nodes.length], [200, "", 1]);
      deepEqual(await ask(admin, "POST", path, { action: "pause" }), {
        status: 200,
        json: { message: "" },
      });
    }
    await other.stop();
    match((await ask(admin, "GET", "/api/topics/t")).json.message, /: connection refused/i);
  },
});

Deno.test("/api/topics/:topic of an unknown topic is an upstream error", async () => {
  await using cluster = await TestCluster.start({ lookupds: 1, nsqds: 1 });
  for (const admin of [await cluster.admin(), await cluster.directAdmin()]) {
    for (const path of ["/api/topics/none", "/api/topics/none/c"]) {
      const { status, json } = await ask(admin, "GET", path);
      equal(status, 502);
      match(json.message, /^UPSTREAM_ERROR: failed to query any nsq(lookup)?d: /);
    }
  }
});

Deno.test({
  name: "/api/topics/:topic/:channel of an unknown channel is CHANNEL_NOT_FOUND",
  ignore: isToolsReference, // fails there
  async fn() {
    await using cluster = await TestCluster.start({ lookupds: 1, nsqds: 1 });
    await cluster.create("t", ["c"], [0]);
    for (const admin of [await cluster.admin(), await cluster.directAdmin()]) {
      deepEqual(await ask(admin, "GET", "/api/topics/t/other"), {
        status: 404,
        json: { message: "CHANNEL_NOT_FOUND" },
      });
    }
  },
});

Deno.test("/api/nodes tells which nodes there are, which lookupd knows them, and their topics", async () => {
  await using cluster = await TestCluster.start({ lookupds: 2, nsqds: 2 });
  await cluster.create("t", [], [0]);
  const byName = (nodes: { http_port: number }[], at: number) =>
    // deno-lint-ignore no-explicit-any
    nodes.find((node) => node.http_port === cluster.nsqds[at]!.httpPort) as any;

  const { json } = await ask(await cluster.admin(), "GET", "/api/nodes");
  equal(json.nodes.length, 2);
  const first = byName(json.nodes, 0);
  deepEqual(first.topics, [{ topic: "t", tombstoned: false }]);
  deepEqual([first.broadcast_address, first.out_of_date], ["127.0.0.1", false]);
  deepEqual(
    first.remote_addresses.map((each: string) => each.split("/")[0]).sort(),
    cluster.lookupds.map(({ httpPort }) => `127.0.0.1:${httpPort}`).sort(),
  );
  equal(byName(json.nodes, 1).topics, null);

  const direct = await ask(await cluster.directAdmin(), "GET", "/api/nodes");
  const { remote_addresses, topics } = byName(direct.json.nodes, 0);
  deepEqual([remote_addresses, topics], [null, [{ topic: "t", tombstoned: false }]]);
});

Deno.test("/api/nodes/:node shows one node", async () => {
  await using cluster = await TestCluster.start({ lookupds: 1, nsqds: 2 });
  await cluster.create("t", ["c"], [0, 1]);
  await cluster.nsqds[0]!.post("/pub?topic=t", "m");
  using client = await Client.connect(cluster.nsqds[0]!.tcpPort);
  await client.subscribe("t", "c");
  for (const admin of [await cluster.admin(), await cluster.directAdmin()]) {
    const { status, json } = await ask(admin, "GET", `/api/nodes/${cluster.nodeName(0)}`);
    equal(status, 200);
    deepEqual(
      [json.node, json.total_messages, json.total_clients, json.topics.length, json.message],
      [cluster.nodeName(0), 1, 1, 1, ""],
    );
    deepEqual(await ask(admin, "GET", "/api/nodes/127.0.0.1:1"), {
      status: 404,
      json: { message: "NODE_NOT_FOUND" },
    });
  }
});

Deno.test("/api/counter counts messages of each channel on each node", async () => {
  await using cluster = await TestCluster.start({ lookupds: 1, nsqds: 2 });
  await cluster.create("t", ["c"], [0, 1]);
  await cluster.nsqds[1]!.post("/pub?topic=t", "m");
  const { json } = await ask(await cluster.admin(), "GET", "/api/counter");
  const entry = (at: number, message_count: number) => [
    `t:c:${cluster.nodeName(at)}`,
    { node: cluster.nodeName(at), topic_name: "t", channel_name: "c", message_count },
  ];
  deepEqual(json, { stats: Object.fromEntries([entry(0, 0), entry(1, 1)]), message: "" });
});

Deno.test("a lookupd or nsqd that does not answer is a warning beside what the others say", async () => {
  await using cluster = await TestCluster.start({ lookupds: 2, nsqds: 2 });
  await cluster.create("t", ["c"], [0, 1]);
  const admin = await cluster.admin("--http-client-request-timeout=5s");
  const { pid } = cluster.nsqds[1]!;
  Deno.kill(pid, "SIGSTOP"); // one that is gone would be gone from lookupd as well
  try {
    const { status, json } = await ask(admin, "GET", "/api/topics/t");
    deepEqual([status, json.nodes.length, json.nodes[0].node], [200, 1, cluster.nodeName(0)]);
    match(json.message, new RegExp(`^WARNING: .*${cluster.nodeName(1)}`));
  } finally {
    Deno.kill(pid, "SIGCONT");
  }

  await cluster.lookupds[1]!.kill();
  const topics = await ask(admin, "GET", "/api/topics");
  deepEqual([topics.status, topics.json.topics], [200, ["t"]]);
  match(topics.json.message, /^WARNING: .*refused/);

  await cluster.lookupds[0]!.kill();
  const nothing = await ask(admin, "GET", "/api/topics");
  equal(nothing.status, 502);
  match(nothing.json.message, /^UPSTREAM_ERROR: failed to query any nsqlookupd: /);
});

Deno.test("an nsqd that is gone is a warning where there is no lookupd", async () => {
  await using cluster = await TestCluster.start({ lookupds: 0, nsqds: 2 });
  await cluster.create("t", ["c"], [0, 1]);
  const admin = await cluster.directAdmin();
  const lost = cluster.nodeName(1);
  await cluster.nsqds[1]!.kill();
  for (const path of ["/api/topics", "/api/topics/t", "/api/topics/t/c", "/api/counter"]) {
    const { status, json } = await ask(admin, "GET", path);
    equal(status, 200, path);
    match(json.message, new RegExp(`^WARNING: .*${lost}`));
  }
});
