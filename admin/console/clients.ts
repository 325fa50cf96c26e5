import { compareByNodeTopology } from "../../lib/cluster/client_order.ts";
import type { ChannelStats, ClientStats } from "../../lib/cluster/stats.ts";
import { connectionOf } from "./client_watch.ts";
import type { ClientView } from "./contract.ts";

/** The connections to channels: first those at fault, then those of a node together, the nearest first. */
export function clientsOf(
  channels: readonly ChannelStats[],
  faults: ReadonlyMap<string, string>,
): ClientView[] {
  const views = channels.flatMap(({ clients }) => clients ?? []).sort(compareByNodeTopology)
    .map((client) => viewOf(client, faults.get(connectionOf(client)) ?? ""));
  return [...views.filter(({ fault }) => fault !== ""), ...views.filter(({ fault }) => !fault)];
}

function viewOf(client: ClientStats, fault: string): ClientView {
  return {
    fault,
    node: client.node,
    clientId: client.client_id,
    hostname: client.hostname,
    remoteAddress: client.remote_address,
    userAgent: client.user_agent,
    inFlight: client.in_flight_count,
    ready: client.ready_count,
    finished: client.finish_count,
    requeued: client.requeue_count,
    messages: client.message_count,
    connectedSinceMs: client.connect_ts * 1000,
    sampleRate: client.sample_rate,
    deflate: client.deflate,
    snappy: client.snappy,
    tls: client.tls,
    tlsDetail: client.tls
      ? [client.tls_version, client.tls_cipher_suite, client.tls_negotiated_protocol]
        .filter((part) => part !== "").join(" ") +
        (client.tls_negotiated_protocol_is_mutual ? " mutual" : "")
      : "",
    authed: client.authed,
    authIdentity: client.auth_identity,
    authIdentityUrl: /^https?:\/\//.test(client.auth_identity_url) ? client.auth_identity_url : "",
    region: client.topology_region ?? "",
    zone: client.topology_zone ?? "",
    locality: localityOf(client),
  };
}

function localityOf(client: ClientStats): ClientView["locality"] {
  const { node_topology_region: region, node_topology_zone: zone } = client;
  if (zone !== undefined && zone === client.topology_zone) return "zone";
  return region !== undefined && region === client.topology_region ? "region" : "";
}
