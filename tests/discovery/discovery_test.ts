/** nsqd and lookupd: who is told what, and that nobody waits for a lookupd that does not answer. */
import { deepEqual, equal, ok } from "../harness/assert.ts";
import { Client } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { type Lookupd, startLookupd } from "../harness/lookupd.ts";
import { type Nsqd, startNsqd } from "../harness/nsqd.ts";
import { topicName } from "../harness/suite.ts";
import { FakeLookupd } from "./fake_lookupd.ts";

function startWith(...lookupds: { tcpPort: number }[]): Promise<Nsqd> {
  const flags = lookupds.map(({ tcpPort }) => `--lookupd-tcp-address=127.0.0.1:${tcpPort}`);
  return startNsqd({ flags: [...flags, "--broadcast-address=127.0.0.1"] });
}

/** The TCP ports of the producers that consumers of a topic are told of. */
async function producerPorts(lookupd: Lookupd, topic: string): Promise<number[]> {
  const response = await lookupd.http(`/lookup?topic=${topic}`);
  const { producers = [] }: { producers?: { tcp_port: number }[] } = await response.json();
  return producers.map((each) => each.tcp_port);
}

function put(nsqd: Nsqd, addresses: string[]): Promise<Response> {
  const body = JSON.stringify(addresses);
  return nsqd.http("/config/nsqlookupd_tcp_addresses", { method: "PUT", body });
}

Deno.test("nsqd registers topics and channels with every lookupd, and takes them back", async () => {
  await using one = await startLookupd();
  await using two = await startLookupd();
  await using nsqd = await startWith(one, two);
  const topic = topicName();
  await nsqd.create(topic, "a", "b");
  for (const lookupd of [one, two]) {
    await eventually(async () => {
      deepEqual(await producerPorts(lookupd, topic), [nsqd.tcpPort]);
      const { channels } = await lookupd.get<{ channels: string[] }>(`/channels?topic=${topic}`);
      deepEqual(channels.sort(), ["a", "b"]);
    });
    const { producers } = await lookupd.get<{ producers: Record<string, unknown>[] }>("/nodes");
    const { broadcast_address, tcp_port, http_port, topics } = producers[0]!;
    deepEqual(
      { broadcast_address, tcp_port, http_port, topics },
      {
        broadcast_address: "127.0.0.1",
        tcp_port: nsqd.tcpPort,
        http_port: nsqd.httpPort,
        topics: [topic],
      },
    );
  }
  await nsqd.post(`/topic/delete?topic=${topic}`);
  for (const lookupd of [one, two]) {
    await eventually(async () => deepEqual(await producerPorts(lookupd, topic), []));
  }
});

Deno.test("nsqd registers everything again after lookupd's restart, before any command of its own", async () => {
  const first = await startLookupd();
  await using nsqd = await startWith(first);
  const topic = topicName();
  await nsqd.create(topic, "a");
  await eventually(async () => deepEqual(await producerPorts(first, topic), [nsqd.tcpPort]));
  await first.kill();
  await nsqd.waitForLog(/ERROR: LOOKUPD\(.*\): /);
  const whileAway = topicName();
  await nsqd.create(whileAway, "b");
  await using second = await startLookupd({ ports: { tcp: first.tcpPort, http: first.httpPort } });
  await eventually(async () => {
    deepEqual(await producerPorts(second, topic), [nsqd.tcpPort]);
    deepEqual(await second.get(`/channels?topic=${whileAway}`), { channels: ["b"] });
  });
});

Deno.test("nsqd follows /config/nsqlookupd_tcp_addresses", async () => {
  await using one = await startLookupd();
  await using two = await startLookupd();
  await using nsqd = await startWith(one);
  const topic = topicName();
  await nsqd.create(topic);
  await eventually(async () => deepEqual(await producerPorts(one, topic), [nsqd.tcpPort]));
  const addresses = [`127.0.0.1:${two.tcpPort}`];
  deepEqual(await (await put(nsqd, addresses)).json(), addresses);
  await eventually(async () => {
    deepEqual(await producerPorts(two, topic), [nsqd.tcpPort]);
    deepEqual(await producerPorts(one, topic), []);
  });
});

Deno.test("a new topic has the channels that lookupd knows before its first message is handed on", async () => {
  await using lookupd = await startLookupd();
  await using elsewhere = await startWith(lookupd);
  const topic = topicName();
  await elsewhere.create(topic, "a", "b", "gone#ephemeral");
  await eventually(async () =>
    equal((await lookupd.get<{ channels: [] }>(`/channels?topic=${topic}`)).channels.length, 3)
  );
  await using nsqd = await startWith(lookupd);
  using client = await Client.connect(nsqd.tcpPort);
  await client.publish(topic, "first");
  await eventually(async () => {
    const { channels, depth } = await nsqd.topic(topic);
    deepEqual(channels.map((each) => [each.channel_name, each.depth]), [["a", 1], ["b", 1]]);
    equal(depth, 0);
  });
});

Deno.test("a topic created by /topic/create has the channels that lookupd knows when the answer comes", async () => {
  await using lookupd = await startLookupd();
  await using elsewhere = await startWith(lookupd);
  const topic = topicName();
  await elsewhere.create(topic, "a", "b");
  await eventually(async () =>
    equal((await lookupd.get<{ channels: [] }>(`/channels?topic=${topic}`)).channels.length, 2)
  );
  await using nsqd = await startWith(lookupd);
  await nsqd.create(topic);
  const { channels } = await nsqd.topic(topic);
  deepEqual(channels.map((each) => each.channel_name), ["a", "b"]);
});

Deno.test("a lookupd that stalls keeps no client waiting and loses no message", async () => {
  await using stalled = new FakeLookupd(async (connection) => {
    await connection.write(new Uint8Array(0));
  });
  await using lookupd = await startLookupd();
  await using nsqd = await startNsqd({
    flags: [
      `--lookupd-tcp-address=${stalled.address}`,
      `--lookupd-tcp-address=127.0.0.1:${lookupd.tcpPort}`,
    ],
  });
  const topic = topicName();
  using client = await Client.connect(nsqd.tcpPort);
  const before = performance.now();
  await client.publish(topic, "one");
  await client.subscribe(topic, "a", 1);
  ok(performance.now() - before < 1000);
  equal((await client.nextMessage()).body, "one");
  await eventually(async () => deepEqual(await producerPorts(lookupd, topic), [nsqd.tcpPort]));
  await nsqd.waitForLog(/ERROR: LOOKUPD\(.*\): i\/o timeout/);
});

Deno.test("a lookupd that answers garbage is said once, and tried again", async () => {
  await using garbage = new FakeLookupd(async (connection) => {
    await connection.write(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"));
  });
  await using nsqd = await startNsqd({ flags: [`--lookupd-tcp-address=${garbage.address}`] });
  await eventually(() => ok(garbage.connectionCount >= 3));
  using client = await Client.connect(nsqd.tcpPort);
  await client.expectAlive();
  const lines = nsqd.logLines.filter((line) => / ERROR: LOOKUPD/.test(line));
  equal(lines.length, 1, lines.join("\n"));
});

Deno.test("nsqd stops at once while lookupds cannot be reached", async () => {
  await using stalled = new FakeLookupd(async () => {});
  await using nsqd = await startNsqd({
    flags: [`--lookupd-tcp-address=${stalled.address}`, "--lookupd-tcp-address=127.0.0.1:1"],
  });
  const topic = topicName();
  using client = await Client.connect(nsqd.tcpPort);
  await client.publish(topic, "kept");
  const before = performance.now();
  await nsqd.stop();
  ok(performance.now() - before < 2000);
});
