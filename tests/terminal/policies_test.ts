/** `nsq policy create` and `delete`, and an import of policies: what is lost is said before, and asked about. */
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import { CHANNEL_FIELDS, TOPIC_FIELDS } from "../../lib/policies/fields.ts";
import { inTerminal, startNsqd, TemporaryDirectory } from "../harness/mod.ts";
import { nsq, printed, SmallCluster } from "./nsq.ts";

const SMALL = "--topic=small --set=max_depth=2 --set=overflow=drop_oldest";

Deno.test("a policy that loses messages, or replaces one, is asked about with the count", async () => {
  await using cluster = await SmallCluster.start();
  const { env, first, second } = cluster;
  await cluster.create("small", "c");
  await first.post("/mpub?topic=small", "1\n2\n3\n4\n5");
  await second.post("/mpub?topic=small", "1\n2\n3");
  const depths = async () =>
    await Promise.all(
      [first, second].map(async (each) => (await each.channel("small", "c")).depth),
    );

  const refused = await nsq(`policy create full ${SMALL}`, env);
  equal(refused.code, 1);
  match(
    refused.stderr,
    /Setting policy full on 2 brokers loses 4 messages\. Nothing was done: say --yes/,
  );
  deepEqual([await depths(), (await nsq("policy ls", env)).stdout], [[5, 3], "no policies\n"]);

  const flags = [
    "create",
    "full",
    ...SMALL.split(" "),
    `--lookupd-http-address=${env.NSQ_LOOKUPD}`,
  ];
  const declined = await inTerminal("policy", flags, [["loses 4 messages. Go on? [y/N]", "n\n"]]);
  deepEqual([declined.code, await depths()], [1, [5, 3]], declined.shown);
  const done = await nsq(`policy create full ${SMALL} --yes`, env);
  deepEqual([done.code, await depths()], [0, [2, 2]], done.stderr);

  const again = await nsq(`policy create full ${SMALL}`, env);
  equal(again.code, 0, `the same policy loses and replaces nothing: ${again.stderr}`);
  const replacing = await nsq("policy create full --topic=small --set=max_depth=9", env);
  equal(replacing.code, 1);
  match(replacing.stderr, /full on 2 brokers replaces the policy of this name on 2 brokers\. Noth/);
  match((await nsq("policy info small c", env)).stdout, /^max_depth +2 +full /m);
});

Deno.test("deleting a policy tells what is lost without it, and asks nothing where there is none", async () => {
  await using nsqd = await startNsqd();
  const env = { NSQ_NSQD: `127.0.0.1:${nsqd.httpPort}` };
  await nsqd.create("small", "c");
  const made = [
    await nsq("policy create roomy --topic=small --priority=9 --set=max_depth=100", env),
    await nsq(`policy create full ${SMALL}`, env),
  ];
  deepEqual(made.map(({ code }) => code), [0, 0], made.map(({ stderr }) => stderr).join(""));
  await nsqd.post("/mpub?topic=small", "1\n2\n3");
  const refused = await nsq("policy delete roomy", env);
  equal(refused.code, 1);
  match(refused.stderr, /Deleting policy roomy on 1 broker loses 1 message\. Nothing was done/);
  equal((await nsqd.channel("small", "c")).depth, 3);
  const none = await nsq("policy delete nothere", env);
  match(none.stderr, /has no such policy$/m);
  equal((await nsq("policy delete roomy --yes", env)).code, 0);
});

Deno.test("an import tells what its policies lose, shows what it makes with a plus, and asks in production", async () => {
  using folder = new TemporaryDirectory();
  await using nsqd = await startNsqd();
  const file = `${folder.path}/cluster.json`;
  folder.write(
    "cluster.json",
    JSON.stringify({
      nsq_definitions: 1,
      topics: [{ topic: "small", channels: [{ channel: "new" }] }],
      policies: [{
        name: "full",
        topic: "small",
        set: { max_depth: 2, overflow: "drop_oldest" },
      }],
    }),
  );
  await nsqd.create("small", "c");
  await nsqd.post("/mpub?topic=small", "1\n2\n3");
  const env = { NSQ_NSQD: `127.0.0.1:${nsqd.httpPort}` };
  const looked = await nsq(`import ${file} --dry-run`, env);
  equal(looked.stdout, "+ channel small/new\n+ policy full\n");
  const refused = await nsq(`import ${file}`, env);
  equal(refused.code, 1);
  match(refused.stderr, /Importing loses 1 message\. Nothing was done/);
  equal((await nsqd.channel("small", "c")).depth, 3);

  const home = { XDG_CONFIG_HOME: folder.path };
  await nsq(`context add live --production --nsqd-http-address=${env.NSQ_NSQD}`, home);
  const harmless = await nsq("policy create five --topic=small --set=max_attempts=5", home);
  equal(harmless.code, 1);
  match(harmless.stderr, /Setting policy five on 1 broker loses nothing\. Nothing was done/);
});

Deno.test("a list that is given several times keeps all of it, and another field twice is refused", async () => {
  await using nsqd = await startNsqd();
  const env = { NSQ_NSQD: `127.0.0.1:${nsqd.httpPort}` };
  const made = await nsq("policy create p --topic=t --set=backoff=1s --set=backoff=2s,3s", env);
  equal(made.code, 0, made.stderr);
  match((await nsq("policy info t c", env)).stdout, /^backoff +1s, 2s, 3s +p$/m);
  const twice = await nsq("policy create p --set=max_attempts=1 --set=max_attempts=2", env);
  equal(twice.code, 2);
  match(twice.stderr, /--set: max_attempts is there twice/);
});

Deno.test("the help of nsq policy create names each field, with what it takes", async () => {
  const { stdout } = await nsq("policy create --help");
  for (const [name, { takes, help }] of [...TOPIC_FIELDS, ...CHANNEL_FIELDS]) {
    ok(stdout.includes(`  ${name}=<${takes}>`), name);
    ok(stdout.includes(` ${help}\n`), `${name} is on one line: ${help}`);
  }
  match(stdout, /^ +overflow=<reject\|drop_oldest\|dead_letter> \(default reject\)$/m);
});

Deno.test("a field is set as it is printed, and what is wrong with --set is said as one types it", async () => {
  await using nsqd = await startNsqd();
  const env = { NSQ_NSQD: `127.0.0.1:${nsqd.httpPort}` };
  const set = [
    "durable=yes",
    "single_consumer=no",
    "retain_age=24h0m0s",
    "dedup_window=1m0s",
    "retain_bytes=10MB",
  ];
  const words = `policy create p --topic=t --set=${set.join(" --set=")}`;
  const made = await nsq(words, env);
  equal(made.code, 0, made.stderr);
  deepEqual(printed(await nsq("policy ls --json", env)).items[0]?.set, {
    durable: true,
    single_consumer: false,
    retain_age: "24h0m0s",
    dedup_window: "1m0s",
    retain_bytes: "10MB",
  });
  const cases: [set: string, code: number, says: RegExp][] = [
    ["", 2, /--set is missing: say what the policy sets, such as --set=max_attempts=5$/m],
    [
      " --set=max_age=1s,max_attempts=3",
      2,
      /one field for each --set: say --set=max_age=1s --set=max_attempts=3$/m,
    ],
    [" --set=max_age=1", 1, /: max_age: .*"1"/],
    [" --set=backoff=5", 1, /: backoff: .*"5"/],
  ];
  for (const [set, code, says] of cases) {
    const ended = await nsq(`policy create q --topic=t${set}`, env);
    equal(ended.code, code, ended.stderr);
    match(ended.stderr, says);
    ok(!ended.stderr.includes("in quotes"), ended.stderr);
  }
});

Deno.test("a policy without --topic is asked about, with how much it is for", async () => {
  await using cluster = await SmallCluster.start();
  const { env, first } = cluster;
  await cluster.create("one", "c", "d");
  await first.create("two");
  const refused = await nsq("policy create z --set=max_depth=5", env);
  equal(refused.code, 1);
  match(
    refused.stderr,
    /z on 2 brokers concerns all topics, as there is no --topic: 2 topics and 2 channels today\. Noth/,
  );
  equal((await nsq("policy ls", env)).stdout, "no policies\n");
  equal((await nsq("policy create z --set=max_depth=5 --yes", env)).code, 0);
  equal((await nsq("policy create z --set=max_depth=5", env)).code, 0, "it is there already");
  equal((await nsq("policy create all --topic=* --set=max_depth=5", env)).code, 0, "it was said");
});
