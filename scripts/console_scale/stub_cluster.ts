/**
 * A cluster that is none: answers for a lookupd and many nsqds what a console asks them, with counts
 * that grow. Says on its first line where the lookupd is; `GET /asked` there tells how often each
 * node was asked for its figures.
 *
 *     deno run --allow-net scripts/console_scale/stub_cluster.ts TOPICS NODES CONNECTIONS
 */

const CHANNELS = ["archive", "worker"];
const HOST = "127.0.0.1";

const [topicCount, nodeCount, connectionCount] = Deno.args.map(Number) as [number, number, number];
const channelCount = topicCount * CHANNELS.length;
const startedAtMs = Date.now();
const startTime = Math.floor(startedAtMs / 1000) - 3600;

const asked: number[] = [];
const topicsOf = Array.from(
  { length: nodeCount },
  (_, node) =>
    Array.from(
      { length: Math.ceil((topicCount - node) / nodeCount) },
      (_, at) => node + at * nodeCount,
    ),
);
const ports = topicsOf.map((topics, node) => {
  asked.push(0);
  return listen((url) => {
    if (url.pathname !== "/stats") return null;
    asked[node]!++;
    const wanted = url.searchParams.get("topic");
    const withClients = url.searchParams.get("include_clients") !== "false";
    return {
      version: "1.3.0",
      health: "OK",
      start_time: startTime,
      topics: topics.filter((at) => wanted === null || nameOf(at) === wanted)
        .map((at) => topicOf(at, withClients)),
      memory: { heap_in_use_bytes: 90_000_000 },
      producers: null,
    };
  });
});
const lookupd = listen(({ pathname }) => {
  switch (pathname) {
    case "/topics":
      return { topics: topicsOf.flat().map(nameOf) };
    case "/nodes":
      return { producers: ports.map(producerOf) };
    case "/asked":
      return asked;
    default:
      return null;
  }
});
console.log(lookupd);

function listen(answer: (url: URL) => unknown): number {
  const server = Deno.serve({ port: 0, hostname: HOST, onListen() {} }, ({ url }) => {
    const given = answer(new URL(url));
    return given === null
      ? Response.json({ message: "NOT_FOUND" }, { status: 404 })
      : Response.json(given, { headers: { "Cache-Control": "no-transform" } });
  });
  return server.addr.port;
}

function nameOf(at: number): string {
  return `topic_${at}`;
}

function producerOf(port: number, node: number) {
  return {
    remote_address: `${HOST}:${port}`,
    hostname: `broker-${node}`,
    broadcast_address: HOST,
    tcp_port: 4150,
    http_port: port,
    version: "1.3.0",
    tombstones: topicsOf[node]!.map(() => false),
    topics: topicsOf[node]!.map(nameOf),
  };
}

/** Every tenth topic is busy, the others rest. */
function topicOf(at: number, withClients: boolean) {
  const seconds = Math.floor((Date.now() - startedAtMs) / 1000);
  const messages = 1000 + (at % 10 === 0 ? seconds * (1 + at % 97) : 0);
  return {
    topic_name: nameOf(at),
    channels: CHANNELS.map((name, channel) => {
      const clients = clientsOf(at * CHANNELS.length + channel);
      return {
        channel_name: name,
        depth: at % 7 === 0 ? 10 + (messages % 50) : 0,
        backend_depth: 0,
        in_flight_count: at % 10 === 0 ? 5 : 0,
        deferred_count: 0,
        message_count: messages,
        requeue_count: Math.floor(messages / 100),
        timeout_count: 0,
        client_count: clients,
        clients: withClients
          ? Array.from({ length: clients }, (_, client) => clientOf(client))
          : null,
        paused: false,
        e2e_processing_latency: { count: 0, percentiles: null },
      };
    }),
    depth: 0,
    backend_depth: 0,
    message_count: messages,
    message_bytes: messages * 200,
    paused: false,
    e2e_processing_latency: { count: 0, percentiles: null },
  };
}

/** How many of the connections a channel has. */
function clientsOf(channel: number): number {
  const each = Math.floor(connectionCount / channelCount);
  return each + (channel < connectionCount - each * channelCount ? 1 : 0);
}

function clientOf(at: number) {
  return {
    client_id: `client-${at}`,
    hostname: `host-${at}.example.com`,
    version: "V2",
    remote_address: `10.0.0.${at % 250}:${40_000 + at}`,
    state: 3,
    ready_count: 10,
    in_flight_count: 1,
    message_count: 100,
    finish_count: 99,
    requeue_count: 0,
    connect_ts: startTime,
    user_agent: "go-nsq/1.1.0",
  };
}
