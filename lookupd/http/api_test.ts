import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { TestLookupd } from "../testing/test_lookupd.ts";

Deno.test("/lookup leaves out producers that have not pinged for the timeout", async () => {
  const lookupd = new TestLookupd({ inactiveProducerTimeoutMs: 1000 });
  const a = await lookupd.session("a", "REGISTER t");
  await lookupd.session("b", "REGISTER t");
  lookupd.nowMs = 1000;
  deepEqual(await lookupd.producers("/lookup?topic=t"), ["a", "b"]);
  await a.execute("PING", () => Promise.resolve(null));
  lookupd.nowMs = 1001;
  deepEqual(await lookupd.producers("/lookup?topic=t"), ["a"]);
  deepEqual(await lookupd.producers("/nodes"), ["a"]);
  lookupd.nowMs = 2001;
  equal(await lookupd.answer("GET", "/lookup?topic=t"), '200 {"channels":[],"producers":[]}');
});

Deno.test("/topic/tombstone hides the producer from the topic for the lifetime", async () => {
  const lookupd = new TestLookupd({ tombstoneLifetimeMs: 500 });
  const a = await lookupd.session("a", "REGISTER t", "REGISTER u");
  await lookupd.session("b", "REGISTER t");
  equal(await lookupd.answer("POST", "/topic/tombstone?topic=t&node=a:2"), "200 ");
  deepEqual(await lookupd.producers("/lookup?topic=t"), ["b"]);
  deepEqual(await lookupd.producers("/lookup?topic=u"), ["a"]);
  const { producers } = await (await lookupd.fetch("GET", "/nodes")).json();
  deepEqual([producers[0].topics, producers[0].tombstones], [["t", "u"], [true, false]]);
  lookupd.nowMs = 500;
  deepEqual(await lookupd.producers("/lookup?topic=t"), ["a", "b"]);

  await lookupd.answer("POST", "/topic/tombstone?topic=t&node=a:2");
  const repeat = (line: string) => a.execute(line, () => Promise.resolve(null));
  await repeat("REGISTER t");
  deepEqual(await lookupd.producers("/lookup?topic=t"), ["b"]);
  await repeat("UNREGISTER t");
  await repeat("REGISTER t");
  deepEqual(await lookupd.producers("/lookup?topic=t"), ["b", "a"]);
});

Deno.test("/lookup of a star gives each producer of any topic once", async () => {
  const lookupd = new TestLookupd();
  equal(await lookupd.answer("GET", "/lookup?topic=*"), '404 {"message":"TOPIC_NOT_FOUND"}');
  await lookupd.session("a", "REGISTER t c", "REGISTER u d");
  deepEqual(await lookupd.producers("/lookup?topic=*"), ["a"]);
  equal(await lookupd.answer("GET", "/channels?topic=*"), '200 {"channels":["c","d"]}');
});

Deno.test("/debug shows who has what, in Go's order and with Go's times", async () => {
  const lookupd = new TestLookupd();
  equal(await lookupd.answer("GET", "/debug"), "200 {}");
  lookupd.nowMs = 5;
  await lookupd.session("a<b", "REGISTER t c");
  await lookupd.answer("POST", "/channel/create?topic=t&channel=empty");
  await lookupd.answer("POST", "/topic/tombstone?topic=t&node=a<b:2");
  const producer = (tombstone: string) =>
    '[{"broadcast_address":"a\\u003cb","hostname":"","http_port":2,"id":"a<b:1",' +
    `"last_update":1700000000005000000,"tcp_port":1,${tombstone},` +
    '"topology_region":"","topology_zone":"","version":"1.3.0"}]';
  const usual = producer('"tombstoned":false,"tombstoned_at":-6795364578871345152');
  const hidden = producer('"tombstoned":true,"tombstoned_at":1700000000005000000');
  equal(
    await lookupd.answer("GET", "/debug"),
    `200 {"channel:t:c":${usual},"client::":${usual},"topic:t:":${hidden}}`
      .replaceAll('"id":"a<b:1"', '"id":"a\\u003cb:1"'),
  );
});

Deno.test("/health/ready refuses while lookupd stops", async () => {
  const lookupd = new TestLookupd();
  equal(await lookupd.answer("GET", "/health/live"), "200 OK");
  equal(await lookupd.answer("GET", "/health/ready"), "200 OK");
  lookupd.ready = "stopping";
  equal(await lookupd.answer("GET", "/health/ready"), "503 stopping");
});

Deno.test("/metrics counts producers, registrations and requests", async () => {
  const lookupd = new TestLookupd({ inactiveProducerTimeoutMs: 1000 });
  await lookupd.session("a", "REGISTER t c", "PING");
  lookupd.nowMs = 2000;
  await lookupd.session("b", "REGISTER t");
  await lookupd.answer("GET", "/lookup?topic=t");
  await lookupd.answer("GET", "/lookup");
  const text = await (await lookupd.fetch("GET", "/metrics")).text();
  for (
    const line of [
      "nsqlookupd_producers 2",
      "nsqlookupd_active_producers 1",
      "nsqlookupd_topics 1",
      "nsqlookupd_channels 1",
      "nsqlookupd_registrations 3",
      'nsqlookupd_commands_total{command="REGISTER"} 2',
      'nsqlookupd_commands_total{command="PING"} 1',
      'nsqlookupd_http_requests_total{path="/lookup"} 2',
    ]
  ) match(text, new RegExp(`^${RegExp.escape(line)}$`, "m"));
});
