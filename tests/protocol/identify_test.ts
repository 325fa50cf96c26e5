/** IDENTIFY: what is negotiated, what is refused, and when it may be sent. */
import { deepEqual, equal, match } from "../harness/assert.ts";
import { type Chunk, Client, concat, int32, nsqdSuite, sized, topicName } from "../harness/mod.ts";

/** Not ASCII: the answer is UTF-8. */
const ZONE = "Zürich 東";
const FLAGS = [
  "--snappy=false",
  "--deflate=false",
  "--max-body-size=2048",
  `--topology-zone=${ZONE}`,
];

/** What an nsqd with default limits and these flags answers to a client that asks for nothing but the answer. */
const DEFAULT_ANSWER = {
  max_rdy_count: 2500,
  version: "",
  max_msg_timeout: 900_000,
  msg_timeout: 60_000,
  tls_v1: false,
  deflate: false,
  deflate_level: 6,
  max_deflate_level: 6,
  snappy: false,
  sample_rate: 0,
  auth_required: false,
  output_buffer_size: 16_384,
  output_buffer_timeout: 250,
  topology_region: "",
  topology_zone: ZONE,
};

/** Data that is refused, with the reason in the answer. */
const REFUSED: [data: unknown, reason: string][] = [
  [{ heartbeat_interval: 999 }, "heartbeat interval (999) is invalid"],
  [{ heartbeat_interval: 60_001 }, "heartbeat interval (60001) is invalid"],
  [{ heartbeat_interval: -2 }, "heartbeat interval (-2) is invalid"],
  [{ output_buffer_timeout: 24 }, "output buffer timeout (24) is invalid"],
  [{ output_buffer_timeout: 30_001 }, "output buffer timeout (30001) is invalid"],
  [{ output_buffer_size: 63 }, "output buffer size (63) is invalid"],
  [{ output_buffer_size: 65_537 }, "output buffer size (65537) is invalid"],
  [{ sample_rate: 100 }, "sample rate (100) is invalid"],
  [{ sample_rate: -1 }, "sample rate (-1) is invalid"],
  [{ msg_timeout: 999 }, "msg timeout (999) is invalid"],
  [{ msg_timeout: 900_001 }, "msg timeout (900001) is invalid"],
  [{ msg_timeout: -1 }, "msg timeout (-1) is invalid"],
  [[], "failed to decode JSON body"],
  ["text", "failed to decode JSON body"],
  [{ client_id: 7 }, "failed to decode JSON body"],
  [{ heartbeat_interval: "1000" }, "failed to decode JSON body"],
  [{ heartbeat_interval: 1000.5 }, "failed to decode JSON body"],
  [{ feature_negotiation: 1 }, "failed to decode JSON body"],
  [{ sample_rate: 2 ** 31 }, "failed to decode JSON body"],
];

/** Bodies that are not JSON. */
const BROKEN_JSON = ["{", "{}{}", "{'a':1}", '{"a":1,}', "nul", " ", '{"client_id":"\t"}'];

/** Sizes that are refused before there is a body, with the limit of these tests. */
const BAD_SIZES: [size: number, reason: string][] = [
  [0, "IDENTIFY invalid body size 0"],
  [-1, "IDENTIFY invalid body size -1"],
  [-2147483648, "IDENTIFY invalid body size -2147483648"],
  [2049, "IDENTIFY body too big 2049 > 2048"],
  [2147483647, "IDENTIFY body too big 2147483647 > 2048"],
];

nsqdSuite(FLAGS, (test) => {
  test("IDENTIFY answers every negotiated value", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    const answer = await client.identify();
    match(String(answer["version"]), /^\d+\.\d+\.\d+/);
    deepEqual(Object.entries({ ...answer, version: "" }), Object.entries(DEFAULT_ANSWER));
  });

  test("IDENTIFY answers the values that the client set", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    const wishes = {
      msg_timeout: 1000,
      sample_rate: 99,
      output_buffer_size: 64,
      output_buffer_timeout: 25,
    };
    const { msg_timeout, sample_rate, output_buffer_size, output_buffer_timeout } = await client
      .identify(wishes);
    deepEqual({ msg_timeout, sample_rate, output_buffer_size, output_buffer_timeout }, wishes);
  });

  test("IDENTIFY takes the largest values that are allowed", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    const answer = await client.identify({
      heartbeat_interval: 60_000,
      msg_timeout: 900_000,
      output_buffer_size: 65_536,
      output_buffer_timeout: 30_000,
    });
    equal(answer["msg_timeout"], 900_000);
    equal(answer["output_buffer_size"], 65_536);
    equal(answer["output_buffer_timeout"], 30_000);
  });

  test("IDENTIFY reports an output buffer that is turned off", async (nsqd) => {
    using bySize = await Client.connect(nsqd.tcpPort);
    const answer = await bySize.identify({ output_buffer_size: -1, output_buffer_timeout: 100 });
    equal(answer["output_buffer_size"], 1);
    equal(answer["output_buffer_timeout"], 0);

    using byTimeout = await Client.connect(nsqd.tcpPort);
    const other = await byTimeout.identify({ output_buffer_timeout: -1 });
    equal(other["output_buffer_size"], 16_384);
    equal(other["output_buffer_timeout"], 0);
  });

  test("IDENTIFY declines TLS, snappy and deflate when they are not offered", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    const answer = await client.identify({
      tls_v1: true,
      snappy: true,
      deflate: true,
      deflate_level: 3,
    });
    equal(answer["tls_v1"], false);
    equal(answer["snappy"], false);
    equal(answer["deflate"], false);
    equal(answer["deflate_level"], 6);
    await client.expectAlive();
  });

  test("IDENTIFY answers OK to a client that negotiates nothing", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    for (const data of ["{}", "null", '{"feature_negotiation":false}', ' { "unknown" : [1] } \n']) {
      await client.send("IDENTIFY\n", sized(data));
      await client.expectResponse("OK");
    }
  });

  test("IDENTIFY matches keys without regard to case", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    const answer = await client.identify({ Msg_Timeout: 5000, SAMPLE_RATE: 7 });
    equal(answer["msg_timeout"], 5000);
    equal(answer["sample_rate"], 7);
  });

  test("IDENTIFY takes null as no wish", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    const answer = await client.identify({ msg_timeout: null, client_id: null });
    equal(answer["msg_timeout"], 60_000);
  });

  test("IDENTIFY may be repeated, keeps what was set, and may come after PUB", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    await client.publish(topicName(), "first");
    await client.identify({ msg_timeout: 5000 });
    const answer = await client.identify({ sample_rate: 5 });
    equal(answer["msg_timeout"], 5000);
    equal(answer["sample_rate"], 5);
  });

  test("IDENTIFY is visible in the statistics of the channel", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    await client.identify({ client_id: "me", hostname: "here", user_agent: "test/1" });
    const topic = topicName();
    await client.subscribe(topic, "ch", 7);
    await client.expectSilence(50);
    const figures = (await nsqd.channel(topic, "ch")).clients?.[0] ?? {};
    const { client_id, hostname, user_agent, ready_count, state } = figures;
    deepEqual({ client_id, hostname, user_agent, ready_count, state }, {
      client_id: "me",
      hostname: "here",
      user_agent: "test/1",
      ready_count: 7,
      state: 3,
    });
  });

  test("IDENTIFY is refused once subscribed", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    await client.subscribe(topicName(), "ch");
    await client.send("IDENTIFY\n");
    await client.expectFatalError("E_INVALID cannot IDENTIFY in current state");
  });

  test("SUB is refused to a client that turned heartbeats off", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    await client.identify({ heartbeat_interval: -1 });
    await client.publish(topicName(), "publishing is allowed");
    await client.send(`SUB ${topicName()} ch\n`);
    await client.expectFatalError("E_INVALID cannot SUB with heartbeats disabled");
  });

  for (const [data, reason] of REFUSED) {
    test(`IDENTIFY refuses ${JSON.stringify(data)}`, async (nsqd) => {
      await expectRefusal(nsqd.tcpPort, sized(JSON.stringify(data)), `IDENTIFY ${reason}`);
    });
  }

  for (const broken of BROKEN_JSON) {
    test(`IDENTIFY refuses the body ${JSON.stringify(broken)}`, async (nsqd) => {
      await expectRefusal(nsqd.tcpPort, sized(broken), "IDENTIFY failed to decode JSON body");
    });
  }

  for (const [size, reason] of BAD_SIZES) {
    test(`IDENTIFY refuses the body size ${size}`, async (nsqd) => {
      await expectRefusal(nsqd.tcpPort, int32(size), reason);
    });
  }

  test("IDENTIFY reports a body that ends early", async (nsqd) => {
    for (
      const [sent, reason] of [
        [int32(2).subarray(0, 3), "IDENTIFY failed to read body size"],
        [concat(int32(2), "{"), "IDENTIFY failed to read body"],
      ] as const
    ) {
      using client = await Client.connect(nsqd.tcpPort);
      await client.send("IDENTIFY\n", sent);
      await client.closeWrite();
      await client.expectFatalError(`E_BAD_BODY ${reason}`);
    }
  });
});

async function expectRefusal(port: number, body: Chunk, reason: string): Promise<void> {
  using client = await Client.connect(port);
  await client.send("IDENTIFY\n", body);
  await client.expectFatalError(`E_BAD_BODY ${reason}`);
}
