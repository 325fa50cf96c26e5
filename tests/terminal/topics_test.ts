/** `nsq topic`, `nsq channel` and `nsq node` over a whole cluster. */
import { deepEqual, equal, fail, match, ok } from "../harness/assert.ts";
import { inTerminal, startNsqd, TemporaryDirectory } from "../harness/mod.ts";
import { nsq, printed, SmallCluster } from "./nsq.ts";

let shared: SmallCluster | undefined;

function theCluster(): SmallCluster {
  return shared ?? fail("it is not running");
}

/** Whether somebody listens on this port of the machine. */
async function isTaken(port: number): Promise<boolean> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port }).catch(() => undefined);
  connection?.close();
  return connection !== undefined;
}

/** A test that shares the cluster of the file. */
function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn });
}

Deno.test.beforeAll(async () => {
  shared = await SmallCluster.start();
});
Deno.test.afterAll(async () => {
  await shared?.[Symbol.asyncDispose]();
});

test("nsq topic ls sums the figures of all brokers, as table, JSON and names", async () => {
  const { env, first, second } = theCluster();
  await theCluster().create("sums", "a", "b");
  await first.post("/mpub?topic=sums", "1\n2");
  await second.post("/pub?topic=sums", "3");
  const table = await nsq("topic ls sum*", env);
  deepEqual([table.code, table.stderr], [0, ""]);
  const [heading = "", row = "", ...more] = table.stdout.trimEnd().split("\n");
  match(
    heading,
    /^TOPIC +DEPTH +IN CHANNELS +IN FLIGHT +DEFERRED +MESSAGES +CHANNELS +CLIENTS +NODES +PAUSED$/,
  );
  match(row, /^sums +0 +6 +0 +0 +3 +2 +0 +2$/);
  equal(
    heading.indexOf("MESSAGES") + "MESSAGES".length,
    row.indexOf(" 3 ") + 2,
    "numbers are set to the right",
  );
  deepEqual(more, []);
  const { items, errors } = printed(await nsq("topic ls sums --json", env));
  deepEqual(errors, []);
  deepEqual(
    items.map(({ topic, channel_depth, node_count }) => [topic, channel_depth, node_count]),
    [
      ["sums", 6, 2],
    ],
  );
  equal((await nsq("topic ls sums --quiet", env)).stdout, "sums\n");
  equal((await nsq("channel ls sums --quiet", env)).stdout, "a\nb\n");
});

test("nsq node ls names every broker, nsq node info one with its topics", async () => {
  const { env, nodes } = theCluster();
  await theCluster().create("noted", "c");
  const [name = ""] = nodes;
  deepEqual((await nsq("node ls --quiet", env)).stdout.trim().split("\n").sort(), nodes);
  const [info] = printed(await nsq(`node info ${name} --json`, env)).items;
  deepEqual([info?.node, info?.health], [name, "OK"]);
  match((await nsq(`node info ${name}`, env)).stdout, /^noted +0 +0 +1$/m);
  const unknown = await nsq("node info 127.0.0.1:1", env);
  equal(unknown.code, 1);
  match(unknown.stderr, /^nsq node info: there is no broker 127\.0\.0\.1:1/);
});

test("nsq node ls has a row without figures for a broker that does not answer", async () => {
  const nobody = "127.0.0.1:1";
  const { first } = theCluster();
  const env = { NSQ_NSQD: `127.0.0.1:${first.httpPort},${nobody}` };
  const some = await nsq("node ls", env);
  equal(some.code, 1);
  match(some.stdout, /^127\.0\.0\.1:\d+ .* OK +running$/m);
  match(some.stdout, /^127\.0\.0\.1:1( +-){7} +no answer +-$/m);
  match(some.stderr, /^nsq node ls: 127\.0\.0\.1:1: connection refused/);
  const alone = printed(await nsq("node ls --json", { NSQ_NSQD: nobody })).items;
  deepEqual(alone.map(({ node, depth, health }) => [node, depth, health]), [[nobody, null, null]]);
});

test("nsq node ls tells a frozen broker of a lookupd from one with nothing in it", async () => {
  const { lookupd, second } = theCluster();
  const at = `--lookupd-http-address=127.0.0.1:${lookupd.httpPort}`;
  Deno.kill(second.pid, "SIGSTOP");
  try {
    const { stdout } = await nsq(`node ls ${at} --http-client-request-timeout=2s`);
    const row = new RegExp(`^127\\.0\\.0\\.1:${second.httpPort} .*( +-){5} +no answer +-$`, "m");
    match(stdout, row);
    match(stdout, / OK +running$/m);
  } finally {
    Deno.kill(second.pid, "SIGCONT");
  }
});

test("nsq node ls says which broker drains", async () => {
  await using nsqd = await startNsqd();
  await nsqd.create("left", "c");
  await nsqd.post("/pub?topic=left", "to be consumed first");
  await nsqd.post("/drain");
  const { stdout } = await nsq("node ls", { NSQ_NSQD: `127.0.0.1:${nsqd.httpPort}` });
  match(stdout, / OK +draining$/m);
});

test("nsq channel pause and unpause act on every broker that has the channel", async () => {
  const { env, first, second, nodes } = theCluster();
  await theCluster().create("held", "c");
  await second.create("held", "there");
  const paused = printed(await nsq("channel pause held c --json", env));
  deepEqual(
    paused.items.map(({ node, done }) => [node, done]).sort(),
    nodes.map((node) => [node, "paused"]),
  );
  for (const each of [first, second]) equal((await each.channel("held", "c")).paused, true);
  await nsq("channel unpause held c", env);
  for (const each of [first, second]) equal((await each.channel("held", "c")).paused, false);

  const onOne = await nsq("channel pause held there", env);
  deepEqual([onOne.code, onOne.stderr], [0, ""], "the broker that has it not is no failure");
  equal(onOne.stdout, `paused channel there of topic held on 127.0.0.1:${second.httpPort}\n`);
  const nowhere = await nsq("channel pause held nowhere", env);
  equal(nowhere.code, 1);
  match(nowhere.stderr, /: has no such channel$/m);
  await nsq("topic pause held", env);
  for (const each of [first, second]) equal((await each.topic("held")).paused, true);
});

test("what destroys asks with the count of what is lost, and refuses where nobody can answer", async () => {
  const { env, first, second } = theCluster();
  await theCluster().create("lost", "c", "d");
  await first.post("/mpub?topic=lost", "1\n2");
  await second.post("/pub?topic=lost", "3");
  const refused = await nsq("topic delete lost", env);
  equal(refused.code, 1);
  match(
    refused.stderr,
    /topic lost on 2 brokers loses 2 channels and 6 messages\. Nothing was done: say --yes/,
  );
  equal((await first.topic("lost")).channels.length, 2);

  const emptied = await nsq("channel empty lost c --yes", env);
  equal(emptied.code, 0, emptied.stderr);
  for (const each of [first, second]) equal((await each.channel("lost", "c")).depth, 0);
  equal((await first.channel("lost", "d")).depth, 2);
  equal((await nsq("topic delete lost --yes", env)).code, 0);
  for (const each of [first, second]) deepEqual(await each.topics("lost"), []);
  ok(!(await theCluster().lookupd.topics()).includes("lost"));
});

test("at a terminal a question is asked, and only y does it", async () => {
  const { env, first } = theCluster();
  await theCluster().create("asked", "c");
  await first.post("/pub?topic=asked", "1");
  const flags = ["empty", "asked", "c", `--lookupd-http-address=${env.NSQ_LOOKUPD}`];
  for (const [answer, depth] of [["n\n", 1], ["\n", 1], ["y\n", 0]] as const) {
    const { code, shown } = await inTerminal("channel", flags, [[
      "loses 1 message. Go on? [y/N]",
      answer,
    ]]);
    equal(code, depth, shown);
    equal((await first.channel("asked", "c")).depth, depth);
  }
});

test("a node that is lost is named, the others are acted on, and the exit code is 1", async () => {
  const { env, first } = theCluster();
  await theCluster().create("partly", "c");
  const both = `--nsqd-http-address=127.0.0.1:${first.httpPort} --nsqd-http-address=127.0.0.1:1`;
  const paused = await nsq(`topic pause partly ${both}`);
  equal(paused.code, 1);
  equal(paused.stdout, `paused topic partly on 127.0.0.1:${first.httpPort}\n`);
  equal(paused.stderr, "nsq topic pause: 127.0.0.1:1: connection refused\n");
  const listed = await nsq(`topic ls partly --json ${both}`);
  equal(listed.code, 1);
  const { items, errors } = printed(listed);
  deepEqual(items.map(({ topic }) => topic), ["partly"]);
  deepEqual(errors.map(({ address }) => address), ["127.0.0.1:1"]);
  const nobody = printed(await nsq("topic ls --json --nsqd-http-address=127.0.0.1:1", env));
  deepEqual([nobody.items, nobody.errors.length], [[], 1]);
});

test("an address that was not given is named as a default, with the flags that say another", async () => {
  using folder = new TemporaryDirectory();
  const { stdout: help } = await nsq("channel ls --help");
  match(
    help,
    /--lookupd-http-address[^]*127\.0\.0\.1:4161[^]*--nsqd-http-address[^]*127\.0\.0\.1:4151/,
  );
  for (const words of ["topic ls", "check node", "top --once"]) {
    if (await isTaken(4161) || await isTaken(4151)) continue; // by daemons of somebody who works here
    const { stderr } = await nsq(words, { XDG_CONFIG_HOME: folder.path });
    match(stderr, /: no address was given, .*--lookupd-http-address or --nsqd-http-address/);
  }
  const given = await nsq("topic ls --nsqd-http-address=127.0.0.1:1");
  equal(given.stderr, "nsq topic ls: 127.0.0.1:1: connection refused\n");
});

test("what is not there cannot be deleted, and is told so in words", async () => {
  const { env, first } = theCluster();
  const direct = { NSQ_NSQD: `127.0.0.1:${first.httpPort}` };
  const cases: [words: string, env: Record<string, string>, says: RegExp][] = [
    ["topic delete nowhere --yes", env, /^nsq topic delete: there is no topic nowhere$/m],
    ["topic delete nowhere --yes", direct, /^nsq topic delete: no broker has topic nowhere$/m],
    ["channel delete nowhere c --yes", direct, /^nsq channel delete: there is no topic nowhere$/m],
  ];
  for (const [words, env, says] of cases) {
    const { code, stderr } = await nsq(words, env);
    equal(code, 1, words);
    match(stderr, says);
  }
});

test("a topic is made in lookupd, on one broker, or everywhere", async () => {
  const { env, first, lookupd } = theCluster();
  equal((await nsq("topic create only-known", env)).code, 0);
  ok((await lookupd.topics()).includes("only-known"));
  deepEqual(await first.topics("only-known"), []);
  equal((await nsq("topic create everywhere --all-nodes", env)).code, 0);
  equal((await first.topics("everywhere")).length, 1);
  const direct = await nsq(
    `channel create direct c --nsqd-http-address=127.0.0.1:${first.httpPort}`,
  );
  equal(direct.code, 0, direct.stderr);
  equal((await first.channel("direct", "c")).depth, 0);
});

test("what is mistyped is told with 2, before anybody is asked", async () => {
  const cases: [words: string, says: RegExp][] = [
    ["topic lss", /^nsq topic: unknown command "lss", did you mean ls\?/],
    ["topic list", /unknown command "list", did you mean ls\?/],
    ["policy set", /unknown command "set", did you mean create\?/],
    ["message peek", /unknown command "peek", did you mean ls\?/],
    ["message replay", /unknown command "replay", did you mean kick\?/],
    ["channel reset", /unknown command "reset", did you mean seek\?/],
    ["channel remove", /unknown command "remove", did you mean delete\?/],
    ["context remove", /unknown command "remove", did you mean rm\?/],
    ["topic frobnicate", /unknown command "frobnicate", see nsq topic --help/],
    ["topic info", /^nsq topic info: TOPIC is missing: say TOPIC$/m],
    ["topic info a b", /^nsq topic info: too many words: b/],
    ["topic create a/b", /"a\/b" is no name of a topic/],
    ["topic ls --json --quiet", /use --json or --quiet, not both/],
    ["topic ls --nsqd-http-address=nowhere", /"nowhere" is no <addr>:<port>/],
    ["channel seek a b", /--to is missing: earliest, now, a time such as/],
  ];
  for (const [words, says] of cases) {
    const { code, stderr } = await nsq(words);
    equal(code, 2, words);
    match(stderr, says);
  }
});
