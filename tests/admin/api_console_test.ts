/** `/api/console/…`: what the pages ask for, and what it costs the daemons. */
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import { eventually, isToolsReference, type Tool, withDeadline } from "../harness/mod.ts";
import { ask, startAdmin, TestCluster } from "./cluster.ts";

/** Longer than a viewer is willing to wait for a node that hangs. */
const PATIENT = "--http-client-request-timeout=20s";
const VIEWER_LIMIT_MS = 6_000;

/** Lines of a tail as they come. */
interface Tail {
  readonly status: number;
  /** The next line that is not about messages left out. */
  // deno-lint-ignore no-explicit-any
  next(): Promise<any>;
  leave(): Promise<void>;
}

async function startTail(admin: Tool, topic: string): Promise<Tail> {
  const response = await admin.http(`/api/console/topics/${topic}/tail`, { method: "POST" });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let unread = "";
  const next = async () => {
    for (;;) {
      const end = unread.indexOf("\n");
      if (end >= 0) {
        const line = unread.slice(0, end);
        unread = unread.slice(end + 1);
        return JSON.parse(line);
      }
      const { value, done } = await withDeadline(reader.read(), VIEWER_LIMIT_MS, "a line");
      if (done) return JSON.parse(unread);
      unread += value;
    }
  };
  return { status: response.status, next, leave: () => reader.cancel() };
}

Deno.test({
  name: "tail shows messages, takes none from others, and leaves no channel behind",
  ignore: isToolsReference, // has none
  async fn() {
    await using cluster = await TestCluster.start({ lookupds: 1, nsqds: 1 });
    await cluster.create("t", ["c"], [0]);
    const [nsqd] = cluster.nsqds;
    const admin = await cluster.admin();
    const tail = await startTail(admin, "t");
    const { kind, channel } = await tail.next();
    deepEqual([tail.status, kind], [200, "open"]);
    await eventually(async () => equal((await nsqd!.channel("t", channel)).client_count, 1));
    await nsqd!.post("/pub?topic=t", "<b>");
    equal((await tail.next()).body, "<b>");
    equal((await nsqd!.channel("t", "c")).depth, 1);
    await tail.leave();
    await eventually(async () => equal((await nsqd!.topic("t")).channels.length, 1));
  },
});

Deno.test({
  name: "tail leaves alone what a topic keeps for its first channel",
  ignore: isToolsReference, // has none
  async fn() {
    await using cluster = await TestCluster.start({ lookupds: 1, nsqds: 2 });
    await cluster.create("kept", [], [0]);
    await cluster.nsqds[0]!.post("/pub?topic=kept", "m");
    const admin = await cluster.admin();
    const refused = await startTail(admin, "kept");
    match((await refused.next()).message, /^NO_CHANNEL: /);
    equal(refused.status, 409);

    await cluster.nsqds[1]!.create("kept", "c");
    await ask(admin, "GET", "/api/console/overview?fresh");
    const tail = await startTail(admin, "kept");
    deepEqual((await tail.next()).nodes, [`127.0.0.1:${cluster.nsqds[1]!.tcpPort}`]);
    await eventually(async () => equal((await cluster.nsqds[1]!.topic("kept")).channels.length, 2));
    await cluster.nsqds[1]!.post("/pub?topic=kept", "n");
    equal((await tail.next()).body, "n");
    await tail.leave();
    const { depth, channels } = await cluster.nsqds[0]!.topic("kept");
    deepEqual([depth, channels], [1, []]);
  },
});

Deno.test({
  name: "publishing and the tail are for admins",
  ignore: isToolsReference, // has none
  async fn() {
    await using cluster = await TestCluster.start({ lookupds: 1, nsqds: 1 });
    await cluster.create("t", ["c"], [0]);
    const admin = await cluster.admin("--admin-user=alice");
    const path = "/api/console/topics/t";
    const publish = { body: "m", delayMs: 0 };
    for (const headers of [{}, { "X-Forwarded-User": "bob" }]) {
      equal((await ask(admin, "POST", `${path}/publish`, publish, headers)).status, 403);
      equal((await ask(admin, "POST", `${path}/tail`, undefined, headers)).status, 403);
    }
    equal((await cluster.nsqds[0]!.topic("t")).message_count, 0);
    const { status, json } = await ask(admin, "POST", `${path}/publish`, publish, {
      "X-Forwarded-User": "alice",
    });
    deepEqual([status, json], [200, { node: cluster.nodeName(0) }]);
    equal((await cluster.nsqds[0]!.topic("t")).message_count, 1);
  },
});

Deno.test({
  name: "one look at the cluster serves all viewers, with one /stats of each node",
  ignore: isToolsReference, // asks for each request
  async fn() {
    await using cluster = await TestCluster.start({ lookupds: 1, nsqds: 2 });
    await cluster.create("t", ["c"], [0, 1]);
    const admin = await cluster.admin();
    const view = (path: string) => ask(admin, "GET", `/api/console${path}`);
    await view("/overview?fresh");
    const asked = () =>
      cluster.nsqds.map(({ logLines }) =>
        logLines.filter((line) => line.includes("GET /stats")).length
      );
    const before = asked();
    await view("/overview?fresh");
    const pages = ["/overview", "/topics/t", "/nodes", "/counter", "/overview?q=t"];
    const answers = await Promise.all([...pages, ...pages, ...pages].map(view));
    ok(answers.every(({ status }) => status === 200));
    deepEqual(asked(), before.map((count) => count + 1));

    const details = ["/topics/t/c", "/topics/t/c", "/topics/t/c", "/topics/t/c"];
    await Promise.all(details.map(view));
    ok(asked().every((count, at) => count <= before[at]! + 2), "the clients: once for all viewers");
  },
});

Deno.test({
  name: "a node that hangs keeps nobody from the others",
  ignore: isToolsReference, // waits for it
  async fn() {
    await using cluster = await TestCluster.start({ lookupds: 1, nsqds: 2 });
    await cluster.create("t", ["c"], [0, 1]);
    const admin = await cluster.admin("--http-client-request-timeout=1s");
    const patient = await cluster.admin(PATIENT);
    for (const each of [admin, patient]) await ask(each, "GET", "/api/console/overview?fresh");
    const { pid } = cluster.nsqds[1]!;
    Deno.kill(pid, "SIGSTOP");
    try {
      const startMs = performance.now();
      const paths = ["/overview?fresh", "/topics/t?fresh", "/nodes", "/overview"];
      for (const path of paths) {
        equal((await ask(patient, "GET", `/api/console${path}`)).status, 200, path);
      }
      ok(performance.now() - startMs < VIEWER_LIMIT_MS, `${performance.now() - startMs} ms`);

      await eventually(async () => {
        const { json } = await ask(admin, "GET", "/api/console/topics/t/c?fresh");
        // deno-lint-ignore no-explicit-any
        const lost = json.nodes.filter((each: any) => each.lost !== null).map((each: any) =>
          each.node
        );
        deepEqual(lost, [cluster.nodeName(1)]);
        deepEqual(json.warnings, [`${cluster.nodeName(1)}: timeout`]);
      });
      const { json } = await ask(admin, "GET", "/api/console/nodes");
      const lost = json.nodes.filter((node: { error: string }) => node.error !== "");
      deepEqual(lost.map((node: { node: string }) => node.node), [cluster.nodeName(1)]);
    } finally {
      Deno.kill(pid, "SIGCONT");
    }
  },
});

Deno.test({
  name:
    "an nsqd that is asked by another address than it announces is one node, also when it is gone",
  ignore: isToolsReference, // has no such page
  async fn() {
    await using cluster = await TestCluster.start({ lookupds: 0, nsqds: 1 });
    const [nsqd] = cluster.nsqds;
    await nsqd!.create("t", "c");
    await using admin = await startAdmin(`--nsqd-http-address=localhost:${nsqd!.httpPort}`);
    const nodes = async () => {
      const { json } = await ask(admin, "GET", "/api/console/nodes?fresh");
      return json.nodes.map((each: { node: string; error: string }) => [
        each.node,
        each.error === "",
      ]);
    };
    deepEqual(await nodes(), [[cluster.nodeName(0), true]]);
    await nsqd!.kill();
    await eventually(async () => deepEqual(await nodes(), [[cluster.nodeName(0), false]]));
  },
});
