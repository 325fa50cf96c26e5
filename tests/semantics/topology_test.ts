/** Topology-aware consumption: the nearest consumer that is ready gets the message. */
import { deepEqual, equal } from "../harness/assert.ts";
import { Client, nsqdSuite, topicName } from "../harness/mod.ts";

const TOPOLOGY = ["--topology-region=r1", "--topology-zone=z1"];
const EXPERIMENT = "--enable-experiment=topology-aware-consumption";

interface Place {
  topology_region: string;
  topology_zone: string;
}
const SAME_ZONE: Place = { topology_region: "r1", topology_zone: "z1" };
const SAME_REGION: Place = { topology_region: "r1", topology_zone: "z2" };
const ELSEWHERE: Place = { topology_region: "r2", topology_zone: "z9" };

async function consumer(port: number, topic: string, place: Place, ready: number): Promise<Client> {
  const client = await Client.connect(port);
  await client.identify({ ...place });
  await client.subscribe(topic, "ch", ready);
  return client;
}

nsqdSuite([...TOPOLOGY, EXPERIMENT], (test) => {
  test("IDENTIFY answers where the nsqd is", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    const { topology_region, topology_zone } = await client.identify();
    deepEqual({ topology_region, topology_zone }, { topology_region: "r1", topology_zone: "z1" });
  });

  test("messages go to the zone, then to the region, then anywhere", async (nsqd) => {
    const topic = topicName();
    // The far one first: it must not win by being early.
    using far = await consumer(nsqd.tcpPort, topic, ELSEWHERE, 5);
    using near = await consumer(nsqd.tcpPort, topic, SAME_REGION, 1);
    using nearest = await consumer(nsqd.tcpPort, topic, SAME_ZONE, 1);
    await far.expectSilence(100);
    for (const [client, body] of [[nearest, "1"], [near, "2"], [far, "3"], [far, "4"]] as const) {
      await far.publish(topic, body);
      equal((await client.nextMessage()).body, body);
    }
    const channel = await nsqd.channel(topic, "ch");
    equal(channel.zone_local_msg_count, 1);
    equal(channel.region_local_msg_count, 1);
    equal(channel.global_msg_count, 2);
  });

  test("statistics of a consumer tell where it is", async (nsqd) => {
    const topic = topicName();
    using client = await consumer(nsqd.tcpPort, topic, SAME_REGION, 1);
    await client.expectSilence(20);
    const figures = (await nsqd.channel(topic, "ch")).clients?.[0];
    equal(figures?.["topology_region"], "r1");
    equal(figures?.["topology_zone"], "z2");
  });

  test("backlog is served to whoever is there", async (nsqd) => {
    const topic = topicName();
    using far = await consumer(nsqd.tcpPort, topic, ELSEWHERE, 0);
    await far.publishBatch(topic, ["a", "b", "c"]);
    await far.ready(5);
    equal((await far.consume(3)).map((message) => message.body).join(), "a,b,c");
    equal((await nsqd.channel(topic, "ch")).global_msg_count, 3);
  });
});

nsqdSuite(TOPOLOGY, (test) => {
  test("zone and region mean nothing without the experiment", async (nsqd) => {
    using near = await consumer(nsqd.tcpPort, "t", SAME_ZONE, 5);
    for (const body of ["a", "b"]) {
      await near.publish("t", body);
      await near.nextMessage();
    }
    const channel = await nsqd.channel("t", "ch");
    equal(channel.zone_local_msg_count, undefined);
    equal(channel.global_msg_count, 2);
  });
});
