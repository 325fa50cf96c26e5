/** What the console's API changes. */
import { deepEqual, equal, match } from "../harness/assert.ts";
import { eventually, isToolsReference, type Tool } from "../harness/mod.ts";
import { ask, TestCluster } from "./cluster.ts";

const DONE = { status: 200, json: { message: "" } };

async function listed(admin: Tool): Promise<string[]> {
  return (await ask(admin, "GET", "/api/topics")).json.topics ?? [];
}

Deno.test("POST /api/topics makes a topic known, and a channel on its nodes", async () => {
  await using cluster = await TestCluster.start({ lookupds: 2, nsqds: 1 });
  const admin = await cluster.admin();
  deepEqual(await ask(admin, "POST", "/api/topics", { topic: "made" }), DONE);
  for (const lookupd of cluster.lookupds) deepEqual(await lookupd.topics(), ["made"]);

  await cluster.create("t", [], [0]);
  deepEqual(await ask(admin, "POST", "/api/topics", { topic: "t", channel: "c" }), DONE);
  equal((await cluster.nsqds[0]!.channel("t", "c")).depth, 0);
});

Deno.test({
  name: "POST /api/topics without lookupd makes the topic on all nodes",
  ignore: isToolsReference, // does nothing
  async fn() {
    await using cluster = await TestCluster.start({ lookupds: 0, nsqds: 2 });
    const admin = await cluster.directAdmin();
    deepEqual(await ask(admin, "POST", "/api/topics", { topic: "t", channel: "c" }), DONE);
    for (const nsqd of cluster.nsqds) equal((await nsqd.channel("t", "c")).depth, 0);
  },
});

Deno.test("POST of an action pauses, unpauses and empties topics and channels on all nodes", async () => {
  await using cluster = await TestCluster.start({ lookupds: 1, nsqds: 2 });
  await cluster.create("t", ["c"], [0, 1]);
  for (const admin of [await cluster.admin(), await cluster.directAdmin()]) {
    const act = (path: string, action: string) => ask(admin, "POST", path, { action });
    for (const isPaused of [true, false]) {
      const action = isPaused ? "pause" : "unpause";
      deepEqual(await act("/api/topics/t", action), DONE);
      deepEqual(await act("/api/topics/t/c", action), DONE);
      for (const nsqd of cluster.nsqds) {
        const { paused, channels } = await nsqd.topic("t");
        deepEqual([paused, channels[0]!.paused], [isPaused, isPaused]);
      }
    }
    for (const nsqd of cluster.nsqds) await nsqd.post("/pub?topic=t", "m");
    await eventually(async () => {
      for (const nsqd of cluster.nsqds) equal((await nsqd.channel("t", "c")).depth, 1);
    });
    deepEqual(await act("/api/topics/t/c", "empty"), DONE);
    for (const nsqd of cluster.nsqds) equal((await nsqd.channel("t", "c")).depth, 0);
    deepEqual(await act("/api/topics/t", "empty"), DONE);
  }
});

Deno.test("DELETE removes channels and topics from nodes and lookupds", async () => {
  await using cluster = await TestCluster.start({ lookupds: 1, nsqds: 2 });
  await cluster.create("t", ["c"], [0, 1]);
  const admin = await cluster.admin();
  deepEqual(await ask(admin, "DELETE", "/api/topics/t/c"), DONE);
  for (const nsqd of cluster.nsqds) deepEqual((await nsqd.topic("t")).channels, []);
  deepEqual(await ask(admin, "DELETE", "/api/topics/t"), DONE);
  for (const nsqd of cluster.nsqds) deepEqual(await nsqd.topics(), []);
  deepEqual(await listed(admin), []);

  const unknown = await ask(admin, "DELETE", "/api/topics/t");
  equal(unknown.status, 502);
  match(unknown.json.message, /^UPSTREAM_ERROR: failed to query any nsqlookupd: /);
});

Deno.test("DELETE /api/nodes/:node hides a node from a topic's consumers and deletes the topic on it", async () => {
  await using cluster = await TestCluster.start({ lookupds: 1, nsqds: 2 });
  await cluster.create("t", [], [0, 1]);
  const admin = await cluster.admin();
  const path = `/api/nodes/${cluster.nodeName(0)}`;
  deepEqual(await ask(admin, "DELETE", path, { topic: "t" }), DONE);
  deepEqual(await cluster.nsqds[0]!.topics(), []);
  equal((await cluster.lookupds[0]!.producers("t")).length, 1);
  equal((await cluster.nsqds[1]!.topics()).length, 1);

  const invalid = { status: 400, json: { message: "INVALID_TOPIC" } };
  deepEqual(await ask(admin, "DELETE", path, { topic: "a b" }), invalid);
  const response = await admin.http(path, { method: "DELETE", body: "{" });
  deepEqual([response.status, await response.json()], [400, { message: "INVALID_BODY" }]);
});

Deno.test({
  name: "DELETE /api/nodes/:node asks nobody whom the cluster does not know",
  ignore: isToolsReference, // would send requests to wherever it is told
  async fn() {
    await using cluster = await TestCluster.start({ lookupds: 1, nsqds: 1 });
    await using stranger = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen() {} },
      () => new Response("asked", { status: 500 }),
    );
    const admin = await cluster.admin();
    for (const node of [`127.0.0.1:${stranger.addr.port}`, "x%0d%0aHost:%20y"]) {
      deepEqual(await ask(admin, "DELETE", `/api/nodes/${node}`, { topic: "t" }), {
        status: 404,
        json: { message: "NODE_NOT_FOUND" },
      });
    }
  },
});

Deno.test("actions refuse what they do not understand", async () => {
  await using cluster = await TestCluster.start({ lookupds: 1, nsqds: 1 });
  await cluster.create("t", ["c"], [0]);
  const admin = await cluster.admin();
  const refused = async (path: string, body: unknown, message: string) =>
    deepEqual(await ask(admin, "POST", path, body), { status: 400, json: { message } });
  await refused("/api/topics", {}, "INVALID_TOPIC");
  await refused("/api/topics", { topic: "a b" }, "INVALID_TOPIC");
  await refused("/api/topics", { topic: "t", channel: "a/b" }, "INVALID_CHANNEL");
  await refused("/api/topics/t", { action: "explode" }, "INVALID_ACTION");
  await refused("/api/topics/t/c", {}, "INVALID_ACTION");
  await refused("/api/topics/t/c", undefined, "EOF");
});

Deno.test("--admin-user leaves changes to those whom --acl-http-header names", async () => {
  await using cluster = await TestCluster.start({ lookupds: 1, nsqds: 1 });
  await cluster.create("t", ["c"], [0]);
  const admin = await cluster.admin("--acl-http-header=X-User", "--admin-user=alice");
  const requests: [string, string, unknown][] = [
    ["POST", "/api/topics", { topic: "u" }],
    ["POST", "/api/topics/t", { action: "pause" }],
    ["POST", "/api/topics/t/c", { action: "pause" }],
    ["DELETE", `/api/nodes/${cluster.nodeName(0)}`, { topic: "x" }],
    ["DELETE", "/api/topics/t/c", undefined],
    ["DELETE", "/api/topics/t", undefined],
  ];
  const forbidden = { status: 403, json: { message: "FORBIDDEN" } };
  for (const [method, path, body] of requests) {
    deepEqual(await ask(admin, method, path, body), forbidden, path);
    deepEqual(await ask(admin, method, path, body, { "X-User": "bob" }), forbidden, path);
  }
  equal((await ask(admin, "GET", "/api/topics/t")).status, 200);
  for (const [method, path, body] of requests) {
    equal((await ask(admin, method, path, body, { "X-User": "alice" })).status, 200, path);
  }
});

Deno.test("--notification-http-endpoint is told of each change", async () => {
  await using cluster = await TestCluster.start({ lookupds: 1, nsqds: 1 });
  await cluster.create("t", ["c"], [0]);
  const received: Record<string, unknown>[] = [];
  await using endpoint = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (request) => {
      equal(request.headers.get("content-type"), "application/json");
      received.push(await request.json());
      return new Response(null, { status: 204 });
    },
  );
  const admin = await cluster.admin(
    `--notification-http-endpoint=http://127.0.0.1:${endpoint.addr.port}/told`,
  );
  const headers = { "Authorization": `Basic ${btoa("alice:secret")}`, "User-Agent": "test/1" };
  await ask(admin, "POST", "/api/topics/t/c", { action: "pause" }, headers);
  await eventually(() => equal(received.length, 1));
  const { timestamp, remote_ip, via, ...rest } = received[0]!;
  deepEqual(rest, {
    action: "pause_channel",
    topic: "t",
    channel: "c",
    user: "alice",
    user_agent: "test/1",
    url: `http://127.0.0.1:${admin.httpPort}/api/topics/t/c`,
  });
  match(String(remote_ip), /^127\.0\.0\.1:\d+$/);
  deepEqual([via, Number.isInteger(timestamp)], [Deno.hostname(), true]);

  await ask(admin, "DELETE", `/api/nodes/${cluster.nodeName(0)}`, { topic: "t" });
  await eventually(() => equal(received.length, 2));
  deepEqual([received[1]!.action, received[1]!.node], [
    "tombstone_topic_producer",
    cluster.nodeName(0),
  ]);
});
