import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { compareByNodeTopology } from "./client_order.ts";
import { type ClientStats, topicStatsFrom } from "./stats.ts";

function client(id: string, region: string, zone: string): ClientStats {
  const [topic] = topicStatsFrom({
    topics: [{
      channels: [{ clients: [{ client_id: id, topology_region: region, topology_zone: zone }] }],
    }],
  }, { node: "n:1", hostname: "n", topologyRegion: "r1", topologyZone: "z1", nowMs: 0 });
  return topic!.channels![0]!.clients![0]!;
}

Deno.test("compareByNodeTopology puts the nearest of a node's clients first", () => {
  const clients = [
    client("other region", "r2", "z1"),
    client("same region", "r1", "z2"),
    client("nowhere", "", ""),
    client("same zone", "r1", "z1"),
  ];
  const other = { ...client("other node", "r2", "z2"), node: "a:1" };
  const order = [...clients, other].sort(compareByNodeTopology).map((each) => each.client_id);
  deepEqual(order, ["other node", "same zone", "same region", "nowhere", "other region"]);
});
