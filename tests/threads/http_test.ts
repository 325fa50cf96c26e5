/** HTTP with `--io-threads`, beside all that is as without: the tests of HTTP run in that mode, too (`NSQD_FLAGS`). */
import {
  Client,
  eventually,
  nsqdSuite,
  ourCommand,
  runRefusedNsqd,
  startNsqd,
  TemporaryDirectory,
  topicName,
} from "../harness/mod.ts";
import { equal, match, ok } from "../harness/assert.ts";
import { answersOf, exchange } from "../http/raw_http.ts";

const PUBLISHERS = 8;
const TIMES = 6;
const { BrokenPipe, ConnectionRefused, ConnectionReset } = Deno.errors;
/** What a client sees whose thread fails. */
const CUT = [BrokenPipe, ConnectionRefused, ConnectionReset];
const LOST = /I\/O thread failed/;

/** More than one entry of a ring. */
const LARGE_BYTES = 300_000;

nsqdSuite(["--io-threads=2", "--max-msg-size=2000000"], (test) => {
  test("what is larger than an entry crosses in parts", async (nsqd) => {
    const dial = () => Deno.connect({ hostname: "127.0.0.1", port: nsqd.httpPort });
    const header = `Authorization: ${"a".repeat(LARGE_BYTES)}`;
    const raw = await exchange(dial, [`GET /ping HTTP/1.1\r\nHost: a\r\n${header}\r\n\r\n`]);
    equal(answersOf(raw)[0]!.body, "OK");

    const topic = topicName();
    const body = Array.from({ length: LARGE_BYTES / 6 }, (_, i) => String(i).padStart(6)).join("");
    await nsqd.post(`/pub?topic=${topic}`, body);
    using client = await Client.connect(nsqd.tcpPort);
    await client.subscribe(topic, "ch", 1);
    ok((await client.nextMessage()).body === body);

    const topics = 700;
    for (let i = 1; i < topics; i++) {
      await nsqd.post(`/topic/create?topic=${topic}_${i}_${"x".repeat(40)}`);
    }
    const stats = await nsqd.http("/stats?format=json");
    const text = await stats.text();
    ok(text.length > 128 * 1024, `${text.length} bytes`);
    equal(stats.headers.get("content-length"), String(text.length));
    equal(JSON.parse(text).topics.length, topics);
  });

  test("who does not read its answer holds up nobody else", async (nsqd) => {
    const topic = topicName();
    await nsqd.create(topic, "ch");
    using lazy = await Deno.connect({ hostname: "127.0.0.1", port: nsqd.httpPort });
    const target = `/channel/stream?topic=${topic}&channel=ch&max_in_flight=100`;
    await lazy.write(new TextEncoder().encode(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`));
    await eventually(async () => equal((await nsqd.channel(topic, "ch")).client_count, 1));
    const body = "x".repeat(1_000_000);
    for (let i = 0; i < 30; i++) await nsqd.post(`/pub?topic=${topic}`, body);
    const { depth, in_flight_count } = await nsqd.channel(topic, "ch");
    equal(depth + in_flight_count, 30);
    lazy.close();
    await eventually(async () => equal((await nsqd.channel(topic, "ch")).client_count, 0));
  });

  test("another broker does not share the port with it", async (nsqd) => {
    using data = new TemporaryDirectory();
    const flags = [`--http-address=127.0.0.1:${nsqd.httpPort}`, "--io-threads=2"];
    const { stderr } = await runRefusedNsqd({ dataPath: data.path, flags });
    match(stderr, /listen \(127\.0\.0\.1:\d+\) failed - .*in use/);
  });
});

Deno.test("threads that fail lose nothing that was acknowledged over HTTP", async () => {
  const environment = `NSQ_TEST_BREAK_IO_THREADS=250,${TIMES}`;
  await using nsqd = await startNsqd({
    command: ["env", environment, ...ourCommand()],
    flags: ["--io-threads=2", "--durable=t"],
  });
  await eventually(() => nsqd.create("t", "ch")); // a thread may fail just then
  const failures = () => nsqd.logLines.filter((line) => LOST.test(line)).length;
  const acknowledged: string[] = [];
  let bodies = 0, cuts = 0;
  /** Publishes on one connection until it is lost, or all has happened. */
  const publish = async (publisher: number) => {
    using conn = await Deno.connect({ hostname: "127.0.0.1", port: nsqd.httpPort });
    const buffer = new Uint8Array(1024);
    while (failures() < TIMES) {
      const body = `${publisher} ${bodies++}`;
      const head = `POST /pub?topic=t HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}`;
      await conn.write(new TextEncoder().encode(`${head}\r\n\r\n${body}`));
      const count = await conn.read(buffer);
      if (count === null) throw new Deno.errors.ConnectionReset();
      match(new TextDecoder().decode(buffer.subarray(0, count)), /^HTTP\/1.1 200 OK[^]*OK$/);
      acknowledged.push(body);
    }
  };
  const comeBack = async (publisher: number) => {
    while (failures() < TIMES) {
      try {
        await publish(publisher);
      } catch (error) {
        const isCut = CUT.some((each) => error instanceof each);
        if (!isCut) throw error;
        cuts++;
      }
    }
  };
  await Promise.all(Array.from({ length: PUBLISHERS }, (_, i) => comeBack(i)));
  ok(cuts > 0, "nobody was cut off");
  ok(acknowledged.length > cuts, `${acknowledged.length} acknowledged, ${cuts} cut off`);

  const { message_count } = await nsqd.topic("t");
  using client = await Client.connect(nsqd.tcpPort);
  await client.subscribe("t", "ch", 100);
  const got = new Set<string>();
  for (let i = 0; i < message_count; i++) {
    const { id, body } = await client.nextMessage();
    got.add(body);
    await client.finish(id);
  }
  for (const body of acknowledged) ok(got.has(body), `${body} is lost`);
});
