/** `nsq message`, `nsq policy` and `nsq node drain`, against brokers that know these calls and those that do not. */
import { deepEqual, equal, match } from "../harness/assert.ts";
import { Client, eventually, startNsqd } from "../harness/mod.ts";
import { nsq, printed } from "./nsq.ts";

Deno.test("nsq message ls shows the messages of all brokers in order, and changes nothing", async () => {
  await using one = await startNsqd({ flags: ["--broadcast-address=127.0.0.1"] });
  await using two = await startNsqd();
  for (const each of [one, two]) await each.create("seen", "c");
  await one.post("/pub?topic=seen", "first");
  await two.post("/pub?topic=seen", "second\x1b[2J");
  await one.post("/pub?topic=seen&defer=600000", "later");
  const env = { NSQ_NSQD: `127.0.0.1:${one.httpPort},127.0.0.1:${two.httpPort}` };
  const { stdout } = await nsq("message ls seen c", env);
  const [heading = "", first = "", second = "", , total] = stdout.split("\n");
  match(heading, /^ID +NODE +PUBLISHED +ATTEMPTS +SIZE +BODY$/);
  match(first, / 0 +5 +first$/);
  match(second, / 0 +10 +second\\x1b\[2J$/);
  equal(total, "2 of 2 messages that are queued");
  const { items } = printed(await nsq("channel peek seen c --state=deferred --json", env));
  deepEqual(items.map(({ body, node }) => [body, node]), [["later", `127.0.0.1:${one.httpPort}`]]);
  const ids = (await nsq("message ls seen c --quiet --count=1", env)).stdout;
  match(ids, /^[0-9a-f]{16}\n$/);
  equal((await one.channel("seen", "c")).depth, 1);
});

Deno.test("a broker that does not know a call is told to be one, by name", async () => {
  await using old = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/info") return Response.json({ version: "1.3.0", hostname: "old" });
    if (pathname === "/stats") {
      return Response.json({ health: "OK", topics: [{ topic_name: "t" }] });
    }
    return Response.json({ message: "NOT_FOUND" }, { status: 404 });
  });
  const env = { NSQ_NSQD: `127.0.0.1:${old.addr.port}` };
  const cases = [
    "policy ls",
    "policy info t c",
    "message ls t c",
    "message kick t c",
    "node drain",
  ];
  for (const words of cases) {
    const { code, stderr } = await nsq(words, env);
    equal(code, 1, words);
    match(stderr, /does not know the call \/\S+: it is Go's nsqd, or older than this program\n$/);
  }
});

Deno.test("nsq policy ls and info tell what holds, and a field that is wrong is named", async () => {
  await using nsqd = await startNsqd();
  const env = { NSQ_NSQD: `127.0.0.1:${nsqd.httpPort}` };
  equal((await nsq("policy ls", env)).stdout, "no policies\n");
  match((await nsq("policy info orders archive", env)).stdout, /^dead_letter +bury *$/m);
  const wrong = await nsq("policy create p --topic=t --set=patience=3", env);
  equal(wrong.code, 1);
  match(wrong.stderr, /: patience: unknown field, known are /);
  const unknown = await nsq("policy delete p --yes", env);
  deepEqual([unknown.code, /has no such policy$/m.test(unknown.stderr)], [1, true]);
});

Deno.test("what a policy makes dead is listed, counted, and kicked back", async () => {
  await using nsqd = await startNsqd();
  await nsqd.create("poison", "c");
  const env = { NSQ_NSQD: `127.0.0.1:${nsqd.httpPort}` };
  const looked = await nsq("policy create once --topic=poi* --set=max_attempts=1 --dry-run", env);
  match(looked.stdout, /^policy once would concern 1 topic and 1 channel on \S+\n$/);
  equal((await nsq("policy ls", env)).stdout, "no policies\n");
  equal((await nsq("policy create once --topic=poi* --set=max_attempts=1", env)).code, 0);
  match((await nsq("policy info poison c", env)).stdout, /^max_attempts +1 +once$/m);

  await nsqd.post("/pub?topic=poison", "bad");
  using client = await Client.connect(nsqd.tcpPort);
  await client.subscribe("poison", "c", 1);
  const message = await client.nextMessage();
  await client.requeue(message.id, 0);
  await eventually(async () => {
    const { items } = printed(await nsq("message ls poison c --state=dead --json", env));
    deepEqual(items.map(({ body }) => body), ["bad"]);
  });
  client.close();
  equal(printed(await nsq("channel info poison c --json", env)).items[0]?.dead_count, 1);
  const refused = await nsq("channel empty poison c --dead", env);
  match(refused.stderr, /of its dead messages loses 1 message\. Nothing was done/);
  match((await nsq("message kick poison c", env)).stdout, /^kicked 1 message on /);
  equal(printed(await nsq("channel info poison c --json", env)).items[0]?.depth, 1);
});

Deno.test("a message that cannot be deleted or kicked is named, with those that can", async () => {
  await using nsqd = await startNsqd();
  await nsqd.create("t", "c");
  await nsqd.post("/pub?topic=t", "waits");
  const env = { NSQ_NSQD: `127.0.0.1:${nsqd.httpPort}` };
  const id = (await nsq("message ls t c --quiet", env)).stdout.trim();
  const cases: [words: string, says: string][] = [
    [
      `message delete t c ${id} --yes`,
      `has no message ${id} that is dead, deferred or in flight: one that is queued cannot be deleted`,
    ],
    [`message kick t c ${id}`, `has no message ${id} that is dead or deferred: no other is kicked`],
    [
      `channel kick t c ${id} --state=dead`,
      `has no message ${id} that is dead: no other is kicked`,
    ],
    ["message cancel t k-1 --yes", "has no deferred message with the key k-1"],
  ];
  for (const [words, says] of cases) {
    const { code, stderr } = await nsq(words, env);
    equal(code, 1, words);
    equal(stderr.endsWith(`:${nsqd.httpPort}: ${says}\n`), true, stderr);
  }
});

Deno.test("nsq node drain --wait ends when all is consumed and the broker has ended", async () => {
  await using nsqd = await startNsqd({ flags: ["--broadcast-address=127.0.0.1"] });
  await nsqd.create("last", "c");
  await nsqd.post("/pub?topic=last", "one more");
  const env = { NSQ_NSQD: `127.0.0.1:${nsqd.httpPort}` };
  const draining = nsq("node drain --wait", env);
  await nsqd.waitForLog(/DRAIN/);
  const [info] = printed(await nsq("node info --json", env)).items;
  equal(info?.state, "draining");
  using client = await Client.connect(nsqd.tcpPort);
  await client.subscribe("last", "c", 1);
  await client.consume(1);
  const { code, stdout, stderr } = await draining;
  equal(await nsqd.ended(), 0);
  deepEqual([code, stdout], [0, `127.0.0.1:${nsqd.httpPort} is drained and ended\n`]);
  match(stderr, /^nsq node drain: 1 message to go, most of them in last\/c: waits for/m);
});
