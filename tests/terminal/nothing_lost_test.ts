/** Where nothing can be lost nothing is asked; a broker that is named by its address is asked itself. */
import { deepEqual, doesNotMatch, equal, match } from "../harness/assert.ts";
import { startNsqd } from "../harness/mod.ts";
import { nsq, printed } from "./nsq.ts";

Deno.test("what has nothing to lose is not asked about, and says so", async () => {
  await using nsqd = await startNsqd({ flags: ["--broadcast-address=127.0.0.1"] });
  const env = { NSQ_NSQD: `127.0.0.1:${nsqd.httpPort}` };
  const told = async (words: string) => {
    const { code, stdout, stderr } = await nsq(words, env);
    return [code, stdout, stderr];
  };
  const node = `127.0.0.1:${nsqd.httpPort}`;
  deepEqual(await told("topic create t"), [0, `created topic t on ${node}\n`, ""]);
  deepEqual(await told("topic create t"), [0, `topic t exists already on ${node}\n`, ""]);
  deepEqual(await told("topic empty t"), [0, "topic t has no messages that wait in it\n", ""]);
  deepEqual(await told("channel create t c"), [0, `created channel c of topic t on ${node}\n`, ""]);
  deepEqual(await told("channel create t c"), [
    0,
    `channel c of topic t exists already on ${node}\n`,
    "",
  ]);
  deepEqual(await told("channel empty t c"), [0, "channel c of topic t has no messages\n", ""]);
  deepEqual(await told("channel empty t c --dead"), [
    0,
    "channel c of topic t has no dead messages\n",
    "",
  ]);
  deepEqual(await told("message ls t c"), [0, "no messages are queued\n", ""]);
  await nsqd.post("/pub?topic=t", "one");
  match((await nsq("message ls t c", env)).stdout, /^1 of 1 message that is queued$/m);
});

Deno.test("a seek goes to now, and is refused before a question where it cannot be", async () => {
  await using nsqd = await startNsqd({ flags: ["--durable=kept"] });
  const env = { NSQ_NSQD: `127.0.0.1:${nsqd.httpPort}` };
  await nsqd.create("kept", "c");
  await nsqd.create("plain", "c");
  match((await nsq("topic info kept", env)).stdout, /^durable +yes$/m);
  match((await nsq("topic info plain", env)).stdout, /^durable +no$/m);
  await nsqd.post("/pub?topic=kept", "old");
  const mistyped = await nsq("channel seek kept c --to=yesterday", env);
  equal(mistyped.code, 2);
  match(mistyped.stderr, /"yesterday" is none of: earliest, now, a time/);
  const plain = await nsq("channel seek plain c --to=now", env);
  deepEqual([plain.code, plain.stderr], [
    1,
    "nsq channel seek: topic plain is not durable and has no past: see --durable of nsqd\n",
  ]);
  const asked = async (to: string) => (await nsq(`channel seek kept c --to=${to}`, env)).stderr;
  match(await asked("now"), /to now: 1 message that it has now will be skipped\. Nothing/);
  match(await asked("earliest"), /to earliest: all that is kept of its past comes again, fin/);
  const moved = await nsq("channel seek kept c --to=now --yes --json", env);
  equal(moved.code, 0, moved.stderr);
  deepEqual(printed(moved).items.map(({ done }) => done), ["moved to now"]);
  equal((await nsqd.channel("kept", "c")).depth, 0);
  const { stdout } = await nsq("channel info kept c", env);
  match(stdout, /^skipped: .* a seek moved the channel/m);
  doesNotMatch(stdout, /^dropped/m);
});

Deno.test("a broker that is named by its address is asked itself where no lookupd is", async () => {
  await using nsqd = await startNsqd();
  await using other = await startNsqd();
  const env = { NSQ_NSQD: `127.0.0.1:${other.httpPort}` };
  const node = `127.0.0.1:${nsqd.httpPort}`;
  const checked = await nsq(`check node ${node}`, env);
  deepEqual([checked.code, checked.stdout], [0, "OK node: 1 broker well\n"]);
  const info = await nsq(`node info ${node} --json`, env);
  equal(info.code, 0, info.stderr);
  equal(JSON.parse(info.stdout).items[0].http_port, nsqd.httpPort);
  const drained = await nsq(`node drain ${node} --cancel`, env);
  equal(drained.code, 0, drained.stderr);
  const nobody = await nsq("check node 127.0.0.1:1", env);
  equal(nobody.code, 2);
  match(nobody.stdout, /^CRITICAL node: 127\.0\.0\.1:1: connection refused/);
});

Deno.test("a broker has one name, that of nsq node ls, wherever it is asked", async () => {
  await using nsqd = await startNsqd({ flags: ["--broadcast-address=localhost"] });
  const env = { NSQ_NSQD: `127.0.0.1:${nsqd.httpPort}` };
  const name = `localhost:${nsqd.httpPort}`;
  const policy = "policy create p --topic=t --set=max_attempts=5";
  const asked = [
    ...["node ls", "topic create t", "topic create t", "topic pause t", "topic unpause t"],
    ...["channel create t c", "channel create t c", "channel pause t c", "channel unpause t c"],
    ...[policy, "policy ls", "policy info t", "channel info t c", "topic info t", "message ls t c"],
    ...["channel kick t c", "channel empty t c --yes", "policy delete p --yes"],
    ...["channel delete t c --yes", "topic delete t --yes"],
  ];
  for (const words of asked) {
    if (words.startsWith("message") || words.startsWith("channel empty")) {
      await nsqd.post("/pub?topic=t", "x");
    }
    const { code, stdout, stderr } = await nsq(`${words} --json`, env);
    equal(code, 0, `${words}: ${stderr}`);
    const { items } = JSON.parse(stdout);
    const names = [...JSON.stringify(items).matchAll(/(?:localhost|127\.0\.0\.1):[0-9]+/g)];
    deepEqual([...new Set(names.map(([each]) => each))], [name], `${words}: ${stdout}`);
    const said = (await nsq(words, env)).stdout;
    doesNotMatch(said, /127\.0\.0\.1/, words);
  }
});
