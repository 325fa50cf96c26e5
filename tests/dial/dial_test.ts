/** Names with several addresses: whoever dials one gets through, wherever the daemon is. */
import { createSocket } from "node:dgram";
import { AuthServer } from "../auth/auth_server.ts";
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import {
  Client,
  eventually,
  mayHaveOwnHosts,
  type Nsqd,
  pause,
  reservePort,
  runTool,
  startAdmin,
  startLookupd,
  startNsqd,
  startTool,
  useHosts,
  withDeadline,
} from "../harness/mod.ts";

/** As Debian and macOS have it: all of our daemons are on 127.0.0.1 here, and nobody on ::1. */
const HOSTS = [
  "::1 localhost twofold",
  "127.0.0.1 localhost twofold",
  "127.0.0.1 cousin",
  "127.0.0.2 cousin",
];

const DEADLINE_MS = 60_000;
/** A queue of connections is full when one more is not taken in this time. */
const QUEUE_FULL_MS = 1000;
/** A machine that is busy is no server that does not answer. */
const PATIENCE = ["--http-client-connect-timeout=1m", "--http-client-request-timeout=1m"];

let hosts: AsyncDisposable | undefined;
Deno.test.beforeAll(async () => {
  hosts = await useHosts(...HOSTS);
});
Deno.test.afterAll(async () => {
  await hosts?.[Symbol.asyncDispose]();
});

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: !mayHaveOwnHosts(), fn });
}

/** An HTTP server that keeps what it was asked. */
function httpServer(hostname: string) {
  const asked: { url: string; body: string }[] = [];
  const server = Deno.serve({ hostname, port: 0, onListen() {} }, async (request) => {
    asked.push({ url: request.url, body: await request.text() });
    return Response.json([{ datapoints: [[120, 1]] }]);
  });
  const { port } = server.addr;
  return { asked, port, [Symbol.asyncDispose]: () => server.shutdown() };
}

/** Takes a port and answers nobody: connections that would come after the first few are not even refused. */
async function silence(hostname: string, port: number): Promise<AsyncDisposable> {
  const listener = Deno.listen({ hostname, port, tcpBacklog: 1 });
  const taken: Deno.Conn[] = [], connecting: Promise<void>[] = [];
  let isFull = false;
  while (!isFull) {
    // Nothing is aborted: what was connected in the same moment would stay open.
    const connected = Deno.connect({ hostname, port }).then((conn) => void taken.push(conn));
    connecting.push(connected.catch(() => {})); // refused in the end, when nobody listens any more
    isFull = await Promise.race([
      connected.then(() => false),
      pause(QUEUE_FULL_MS).then(() => true),
    ]);
  }
  return {
    async [Symbol.asyncDispose]() {
      listener.close();
      await Promise.all(connecting);
      for (const each of taken) each.close();
    },
  };
}

async function published(nsqd: Nsqd, topic: string): Promise<void> {
  await nsqd.create(topic, "kept");
  await nsqd.post(`/pub?topic=${topic}`, "hello");
}

for (const name of ["localhost", "twofold"]) {
  test(`a broker, consumers, producers and the console find their way to ${name}`, async () => {
    await using lookupd = await startLookupd();
    await using nsqd = await startNsqd({
      flags: [`--lookupd-tcp-address=${name}:${lookupd.tcpPort}`, `--broadcast-address=${name}`],
    });
    await published(nsqd, "t");
    await eventually(async () => equal((await lookupd.producers("t")).join(), name));
    const byLookupd = `--lookupd-http-address=${name}:${lookupd.httpPort}`;
    const tcp = `--nsqd-tcp-address=${name}:${nsqd.tcpPort}`;

    const pub = await runTool("to_nsq", ["--topic=t", tcp], "direct\n");
    equal(pub.code, 0, pub.stderr);
    const found = await runTool("to_nsq", ["--topic=t", byLookupd], "found\n");
    equal(found.code, 0, found.stderr);

    for (const source of [tcp, byLookupd]) {
      const tail = await runTool("nsq_tail", ["--topic=t", "--channel=kept", "-n=1", source]);
      equal(tail.code, 0, tail.stderr);
      ok(["hello\n", "direct\n", "found\n"].includes(tail.stdout), tail.stdout);
    }
    const stat = ["--topic=t", "--channel=kept", "--count=1", "--interval=10ms", ...PATIENCE];
    for (const source of [byLookupd, `--nsqd-http-address=${name}:${nsqd.httpPort}`]) {
      const { code, stderr } = await runTool("nsq_stat", [...stat, source]);
      equal(code, 0, stderr);
    }
    await using admin = await startAdmin({ flags: [byLookupd] });
    const topic = await (await admin.http("/api/topics/t")).json();
    equal(topic.channels?.[0]?.channel_name, "kept", JSON.stringify(topic));
  });
}

test("auth server, statsd, endpoints of to-http and graphite may be names with several addresses", async () => {
  await using auth = new AuthServer();
  const statsd = createSocket("udp4");
  const heard = new Promise((resolve) => statsd.once("message", resolve));
  await new Promise<void>((resolve) => statsd.bind(0, "127.0.0.1", resolve));
  await using nsqd = await startNsqd({
    flags: [
      `--auth-http-address=${auth.address.replace("127.0.0.1", "twofold")}`,
      `--statsd-address=twofold:${statsd.address().port}`,
      "--statsd-interval=100ms",
    ],
  });
  using client = await Client.connect(nsqd.tcpPort);
  await client.identify();
  await client.send("AUTH\n", new Uint8Array([0, 0, 0, 1, 0x73]));
  match(JSON.stringify((await client.nextFrame()).type), /0/);
  await withDeadline(heard, DEADLINE_MS, "a datagram");
  await new Promise<void>((resolve) => statsd.close(() => resolve()));

  await using server = httpServer("127.0.0.1");
  const url = `http://twofold:${server.port}`;
  await using open = await startNsqd();
  await published(open, "t");
  await using toHttp = startTool(
    "nsq_to_http",
    "--topic=t",
    "--channel=kept",
    `--post=${url}/in`,
    `--nsqd-tcp-address=twofold:${open.tcpPort}`,
  );
  await eventually(() => equal(server.asked[0]?.body, "hello"), DEADLINE_MS);
  equal(server.asked[0]!.url, `${url}/in`);
  await toHttp.stop();

  await using admin = await startAdmin({
    flags: [
      `--nsqd-http-address=twofold:${open.httpPort}`,
      `--graphite-url=${url}`,
      "--proxy-graphite",
    ],
  });
  equal((await (await admin.http("/api/graphite?metric=rate&target=x")).json()).rate, "2.00");
  deepEqual(await (await admin.http("/render?target=x")).json(), [{ datapoints: [[120, 1]] }]);
});

test("an address that is silent is not waited for", async () => {
  await using nsqd = await startNsqd();
  await published(nsqd, "t");
  await using _tcp = await silence("::1", nsqd.tcpPort);
  await using _http = await silence("::1", nsqd.httpPort);
  const tail = await runTool("nsq_tail", [
    "--topic=t",
    "--channel=kept",
    "-n=1",
    `--nsqd-tcp-address=twofold:${nsqd.tcpPort}`,
  ]);
  equal(tail.stdout, "hello\n", tail.stderr);
  const stat = await runTool("nsq_stat", [
    ...["--topic=t", "--channel=kept", "--count=1", "--interval=10ms", ...PATIENCE],
    `--nsqd-http-address=twofold:${nsqd.httpPort}`,
  ]);
  equal(stat.code, 0, stat.stderr);
});

test("a silent address of the same family is passed over, and the server hears its own name", async () => {
  await using server = httpServer("127.0.0.2");
  await using _silent = await silence("127.0.0.1", server.port);
  await using nsqd = await startNsqd();
  await published(nsqd, "t");
  await nsqd.post("/pub?topic=t", "again");
  await using toHttp = startTool(
    "nsq_to_http",
    "--topic=t",
    "--channel=kept",
    `--post=http://cousin:${server.port}/in?x`,
    `--nsqd-tcp-address=127.0.0.1:${nsqd.tcpPort}`,
  );
  await eventually(() => equal(server.asked.length, 2), DEADLINE_MS);
  equal(server.asked.map(({ body }) => body).join(), "hello,again");
  equal(server.asked[0]!.url, `http://cousin:${server.port}/in?x`);
  await toHttp.stop();
});

test("an error names every address that was tried, with its reason", async () => {
  const port = reservePort();
  const both = new RegExp(
    `\\[::1\\]:${port}: connection refused; 127\\.0\\.0\\.1:${port}: connection refused`,
  );
  await using tail = startTool("nsq_tail", "--topic=t", `--nsqd-tcp-address=twofold:${port}`);
  await tail.waitForLog(both, DEADLINE_MS);
  await using nsqd = await startNsqd({ flags: [`--lookupd-tcp-address=twofold:${port}`] });
  await nsqd.waitForLog(both, DEADLINE_MS);
  const stat = await runTool("nsq_stat", [
    ...["--topic=t", "--channel=c", "--count=1", ...PATIENCE],
    `--nsqd-http-address=twofold:${port}`,
  ]);
  match(stat.stderr, both);
});
