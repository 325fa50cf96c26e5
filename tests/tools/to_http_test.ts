/** `nsq to-http`: a process between a live nsqd and HTTP servers of the test. */
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import { isToolsReference, runTool, startLookupd, startNsqd, startTool } from "../harness/mod.ts";
import { eventually, type Nsqd, nsqdSuite, topicName } from "../harness/mod.ts";
import { AbruptServer } from "../harness/abrupt_server.ts";
import { drained } from "./drained.ts";

const TOOL = "nsq_to_http";
const CHANNEL = "nsq_to_http";

/** What makes failed messages come again soon. */
const FAST_RETRY = [
  "--consumer-opt=default_requeue_delay,50ms",
  "--consumer-opt=backoff_multiplier,10ms",
];

type Answer = (body: string, request: Request) => Response | Promise<Response>;

/** An HTTP server that keeps the bodies, or the queries of GET, in order. */
function serve(answer: Answer = () => new Response("OK")) {
  const received: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const body = request.method === "GET"
      ? new URL(request.url).searchParams.get("m") ?? ""
      : await request.text();
    received.push(body);
    return await answer(body, request);
  });
  return {
    received,
    url: `http://127.0.0.1:${server.addr.port}/`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function publish(nsqd: Nsqd, topic: string, bodies: readonly string[]): Promise<void> {
  await nsqd.create(topic, CHANNEL);
  await nsqd.post(`/mpub?topic=${topic}`, bodies.join("\n"));
}

function start(nsqd: Nsqd, topic: string, ...flags: string[]) {
  return startTool(
    TOOL,
    `--topic=${topic}`,
    `--nsqd-tcp-address=127.0.0.1:${nsqd.tcpPort}`,
    ...flags,
  );
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => `m${index}`);

nsqdSuite([], (test) => {
  test("to-http POSTs each message once and finishes it", async (nsqd) => {
    const topic = topicName();
    const types = new Set<string | null>();
    await using server = serve((_body, { method, headers }) => {
      types.add(`${method} ${headers.get("content-type")} ${headers.get("user-agent")}`);
      return new Response("created", { status: 201 });
    });
    await publish(nsqd, topic, numbers(500));
    await using _tool = start(nsqd, topic, `--post=${server.url}`);
    const { requeue_count, timeout_count } = await drained(nsqd, topic, CHANNEL);
    deepEqual(server.received.toSorted(), numbers(500).toSorted());
    deepEqual([requeue_count, timeout_count], [0, 0]);
    deepEqual([...types], ["POST application/octet-stream nsq_to_http v1.3.0"]);
  });

  test("to-http GETs with the message escaped", async (nsqd) => {
    const topic = topicName();
    await using server = serve();
    await publish(nsqd, topic, ["a b&c=é/%s"]);
    await using _tool = start(nsqd, topic, `--get=${server.url}?x=1&m=%s`);
    await drained(nsqd, topic, CHANNEL);
    deepEqual(server.received, ["a b&c=é/%s"]);
  });

  test("to-http sends headers and content type that are asked for", async (nsqd) => {
    const topic = topicName();
    let seen: (string | null)[] = [];
    await using server = serve((_body, { headers }) => {
      seen = [headers.get("content-type"), headers.get("x-a"), headers.get("user-agent")];
      return new Response();
    });
    await publish(nsqd, topic, ["1"]);
    const flags = ["--content-type=text/csv", "--header=X-A: b:c", "--header=user-agent:me"];
    await using _tool = start(nsqd, topic, `--post=${server.url}`, ...flags);
    await drained(nsqd, topic, CHANNEL);
    deepEqual(seen, ["text/csv", "b:c", "me"]);
  });

  test("to-http sends a message again that was answered 500", async (nsqd) => {
    const topic = topicName();
    const failed = new Set<string>();
    await using server = serve((body) => {
      const isFirst = !failed.has(body);
      failed.add(body);
      return new Response("", { status: isFirst ? 500 : 200 });
    });
    await publish(nsqd, topic, numbers(3));
    await using tool = start(nsqd, topic, `--post=${server.url}`, ...FAST_RETRY);
    const { requeue_count } = await drained(nsqd, topic, CHANNEL);
    deepEqual(server.received.toSorted(), ["m0", "m0", "m1", "m1", "m2", "m2"]);
    equal(requeue_count, 3);
    await tool.waitForLog(/got status code 500/);
  });

  test("to-http takes 204 for a failed GET, and for success of a POST", async (nsqd) => {
    const status = () => new Response(null, { status: 204 });
    await using forGet = serve(status);
    await using forPost = serve(status);
    const [getTopic, postTopic] = [topicName(), topicName()];
    await publish(nsqd, getTopic, ["1"]);
    await publish(nsqd, postTopic, ["2"]);
    await using getter = start(nsqd, getTopic, `--get=${forGet.url}?m=%s`, ...FAST_RETRY);
    await using _poster = start(nsqd, postTopic, `--post=${forPost.url}`);
    await getter.waitForLog(/got status code 204/);
    await drained(nsqd, postTopic, CHANNEL);
    deepEqual(forPost.received, ["2"]);
    await eventually(async () => ok((await nsqd.channel(getTopic, CHANNEL)).requeue_count >= 1));
  });

  test("to-http requeues what is not answered in time", async (nsqd) => {
    const topic = topicName();
    const release = Promise.withResolvers<void>();
    let isFirst = true;
    await using server = serve(async () => {
      if (isFirst) {
        isFirst = false;
        await release.promise;
      }
      return new Response();
    });
    await publish(nsqd, topic, ["1"]);
    const flags = [`--post=${server.url}`, "--http-client-request-timeout=200ms", ...FAST_RETRY];
    await using _tool = start(nsqd, topic, ...flags);
    const { requeue_count } = await drained(nsqd, topic, CHANNEL);
    release.resolve();
    deepEqual(server.received, ["1", "1"]);
    equal(requeue_count, 1);
  });

  test("to-http sends to each address in turn", async (nsqd) => {
    const topic = topicName();
    await using one = serve();
    await using other = serve();
    await publish(nsqd, topic, numbers(100));
    const flags = [`--post=${one.url}`, `--post=${other.url}`, "--mode=round-robin"];
    await using _tool = start(nsqd, topic, ...flags);
    await drained(nsqd, topic, CHANNEL);
    deepEqual([one.received.length, other.received.length], [50, 50]);
    deepEqual([...one.received, ...other.received].toSorted(), numbers(100).toSorted());
  });

  test("to-http sends to all addresses in mode multicast", async (nsqd) => {
    const topic = topicName();
    await using one = serve();
    await using other = serve();
    await publish(nsqd, topic, numbers(50));
    const flags = [`--post=${one.url}`, `--post=${other.url}`, "--mode=multicast"];
    await using _tool = start(nsqd, topic, ...flags);
    await drained(nsqd, topic, CHANNEL);
    for (const { received } of [one, other]) deepEqual(received.toSorted(), numbers(50).toSorted());
  });

  for (const mode of ["hostpool", "epsilon-greedy"]) {
    test(`to-http avoids an address that fails in mode ${mode}`, async (nsqd) => {
      const topic = topicName();
      await using good = serve();
      await using bad = serve(() => new Response("", { status: 503 }));
      await publish(nsqd, topic, numbers(200));
      const flags = [`--post=${bad.url}`, `--post=${good.url}`, `--mode=${mode}`, "--n=1"];
      await using _tool = start(nsqd, topic, ...flags, ...FAST_RETRY);
      await drained(nsqd, topic, CHANNEL);
      deepEqual(good.received.toSorted(), numbers(200).toSorted());
      equal(bad.received.length, 1);
    });
  }

  test("to-http sends as many at once as --n says", async (nsqd) => {
    const topic = topicName();
    let active = 0, most = 0;
    const all = Promise.withResolvers<void>();
    await using server = serve(async () => {
      most = Math.max(most, ++active);
      if (active === 4) all.resolve();
      await all.promise;
      active--;
      return new Response();
    });
    await publish(nsqd, topic, numbers(40));
    await using _tool = start(nsqd, topic, `--post=${server.url}`, "--n=4");
    await drained(nsqd, topic, CHANNEL);
    equal(most, 4);
  });

  test("to-http finishes what is none of the sample without sending it", async (nsqd) => {
    const topic = topicName();
    await using server = serve();
    await publish(nsqd, topic, numbers(1000));
    await using _tool = start(nsqd, topic, `--post=${server.url}`, "--sample=0.3");
    await drained(nsqd, topic, CHANNEL);
    const count = server.received.length;
    ok(count > 200 && count < 400, String(count));
  });

  test("to-http finishes what is under way when it is told to stop", async (nsqd) => {
    const topic = topicName();
    const arrived = Promise.withResolvers<void>(), release = Promise.withResolvers<void>();
    await using server = serve(async () => {
      arrived.resolve();
      await release.promise;
      return new Response();
    });
    await publish(nsqd, topic, ["1"]);
    await using tool = start(nsqd, topic, `--post=${server.url}`);
    await arrived.promise;
    const stopped = tool.stop("SIGINT");
    release.resolve();
    await stopped;
    await drained(nsqd, topic, CHANNEL);
    deepEqual(server.received, ["1"]);
  });

  test("to-http logs how long requests took, of each address and of all", async (nsqd) => {
    const topic = topicName();
    await using one = serve();
    await using other = serve();
    await publish(nsqd, topic, numbers(450));
    const addresses = [`--post=${one.url}`, `--post=${other.url}`, "--mode=round-robin"];
    await using tool = start(nsqd, topic, ...addresses, "--status-every=200");
    const figures = / finished 200 - 99th: \d+\.\d\dms - 95th: \d+\.\d\dms - avg: \d+\.\d\dms$/;
    match(await tool.waitForLog(/\[aggregate\]: /), figures);
    match(await tool.waitForLog(/\[http:\/\/127/), figures);
  });
});

Deno.test("to-http finds the nsqds of a topic through lookupd", async () => {
  await using lookupd = await startLookupd();
  await using nsqd = await startNsqd({
    flags: [`--lookupd-tcp-address=127.0.0.1:${lookupd.tcpPort}`, "--broadcast-address=127.0.0.1"],
  });
  await using server = serve();
  const topic = topicName();
  await publish(nsqd, topic, numbers(20));
  await eventually(async () => deepEqual(await lookupd.producers(topic), ["127.0.0.1"]));
  await using _tool = startTool(
    TOOL,
    `--topic=${topic}`,
    `--lookupd-http-address=127.0.0.1:${lookupd.httpPort}`,
    `--post=${server.url}`,
  );
  await drained(nsqd, topic, CHANNEL);
  deepEqual(server.received.toSorted(), numbers(20).toSorted());
});

const ignore = isToolsReference;
Deno.test(
  "to-http refuses contradictory flags with one line and exit code 2",
  { ignore },
  async () => {
    const flags = [
      "--topic=t",
      "--nsqd-tcp-address=127.0.0.1:1",
      "--post=http://a/",
      "--get=http://a/%s",
    ];
    const { code, stdout, stderr } = await runTool(TOOL, flags);
    deepEqual([code, stdout], [2, ""]);
    equal(stderr, "nsq to-http: use --get or --post, not both\n");
  },
);

Deno.test({
  name: "to-http's log says why a server gave no answer, and neither message nor password",
  ignore: isToolsReference,
  async fn() {
    await using nsqd = await startNsqd();
    for (const [index, saying] of ["", "220 smtp\r\n"].entries()) {
      const topic = topicName();
      await using server = new AbruptServer(saying);
      await publish(nsqd, topic, ["s3cret-message"]);
      const url = `http://user:s3cret-password@${server.address}/?m=%s`;
      await using tool = start(nsqd, topic, `--get=${url}`);
      const reason = [/connection closed/, /the answer is not HTTP/][index]!;
      await eventually(() => match(tool.log(), reason));
      ok(!tool.log().includes("s3cret"), tool.log());
    }
  },
});
