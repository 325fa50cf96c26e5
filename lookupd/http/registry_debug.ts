import type { HttpApi } from "../../lib/http/api.ts";
import { toJson } from "../../lib/http/json.ts";
import { respondJsonText } from "../../lib/http/respond.ts";
import type { Peer } from "../registry/model.ts";
import type { LookupdHost } from "./host.ts";

/** What Go shows in nanoseconds for a time that was never set. */
const NEVER_NS = "-6795364578871345152";

/** Pieces of the answer are sent in chunks of about this many characters. */
const CHUNK_LENGTH = 64 * 1024;

/** `GET /debug`: everything that is registered, sorted, and sent piece by piece, as it may be long. */
export function addRegistryDebugRoute(api: HttpApi, host: LookupdHost): void {
  api.route("GET", "/debug", () => {
    host.requests.count("/debug");
    return respondJsonText(
      ReadableStream.from(chunks(entries(host))).pipeThrough(new TextEncoderStream()),
    );
  });
}

/** One entry for each topic, channel and the peers themselves that somebody is registered for. */
function* entries(host: LookupdHost): Generator<string> {
  const { registry, clock } = host;
  const offsetMs = clock.unixMs() - clock.monotonicMs();
  const ns = (monotonicMs: number) => nanoseconds(monotonicMs + offsetMs);
  const producer = (peer: Peer, tombstonedAtMs: number | null) =>
    producerJson(peer, ns(peer.heardOfMs), tombstonedAtMs === null ? null : ns(tombstonedAtMs));
  const registered: [key: string, () => string[]][] = [
    ["client::", () => Array.from(registry.peers, (peer) => producer(peer, null))],
  ];
  for (const topic of registry.find("*")) {
    registered.push([
      `topic:${topic.name}:`,
      () => Array.from(topic.producers.values(), (one) => producer(one.peer, one.tombstonedAtMs)),
    ]);
    for (const channel of topic.channels.values()) {
      const all = () => Array.from(channel.peers, (peer) => producer(peer, null));
      registered.push([`channel:${topic.name}:${channel.name}`, all]);
    }
  }
  registered.sort(([a], [b]) => a < b ? -1 : 1);
  let separator = "{";
  for (const [key, producers] of registered) {
    const list = producers();
    if (list.length === 0) continue;
    yield `${separator}"${key}":[${list}]`;
    separator = ",";
  }
  yield separator === "{" ? "{}" : "}";
}

/** Keys in the order in which Go sorts them; nanoseconds are more than a number here can hold. */
function producerJson({ info }: Peer, lastUpdateNs: string, tombstonedAtNs: string | null): string {
  const { broadcast_address, hostname, http_port, remote_address: id, tcp_port } = info;
  const { topology_region, topology_zone, version } = info;
  const first = toJson({ broadcast_address, hostname, http_port, id });
  const last = toJson({ topology_region, topology_zone, version });
  return `${first.slice(0, -1)},"last_update":${lastUpdateNs},"tcp_port":${tcp_port},` +
    `"tombstoned":${tombstonedAtNs !== null},"tombstoned_at":${tombstonedAtNs ?? NEVER_NS},` +
    last.slice(1);
}

/** Whole nanoseconds of a time in milliseconds. */
function nanoseconds(ms: number): string {
  return String(BigInt(Math.round(ms * 1000)) * 1000n);
}

/** The pieces, put together to chunks. */
function* chunks(pieces: Iterable<string>): Generator<string> {
  let chunk = "";
  for (const piece of pieces) {
    chunk += piece;
    if (chunk.length < CHUNK_LENGTH) continue;
    yield chunk;
    chunk = "";
  }
  if (chunk !== "") yield chunk;
}
