/** `nsq export`, `nsq import` and `nsq diff`. */
import { deepEqual, equal, match } from "../harness/assert.ts";
import { startNsqd, TemporaryDirectory } from "../harness/mod.ts";
import { nsq, printed, SmallCluster } from "./nsq.ts";

Deno.test("what one cluster exports another imports, and then they do not differ", async () => {
  using folder = new TemporaryDirectory();
  await using from = await startNsqd();
  await from.create("orders", "archive", "billing", "tail#ephemeral");
  await from.create("news#ephemeral");
  await from.create("held");
  await from.post("/topic/pause?topic=held");
  await from.post("/channel/pause?topic=orders&channel=billing");
  const fromEnv = { NSQ_NSQD: `127.0.0.1:${from.httpPort}` };
  const exported = await nsq("export", fromEnv);
  deepEqual([exported.code, exported.stderr], [0, ""]);
  deepEqual(JSON.parse(exported.stdout), {
    nsq_definitions: 1,
    topics: [
      { topic: "held", paused: true, channels: [] },
      {
        topic: "orders",
        paused: false,
        channels: [
          { channel: "archive", paused: false },
          { channel: "billing", paused: true },
        ],
      },
    ],
    policies: [],
  });
  folder.write("all.json", exported.stdout);
  const file = `${folder.path}/all.json`;

  await using to = await SmallCluster.start();
  await to.create("mine", "own");
  const before = await nsq(`diff ${file}`, to.env);
  deepEqual([before.code, before.stdout.split("\n")], [1, [
    "- topic held",
    "~ topic held: paused in the file, flowing in the cluster",
    "+ topic mine",
    "+ channel mine/own",
    "- topic orders",
    "- channel orders/archive",
    "- channel orders/billing",
    "~ channel orders/billing: paused in the file, flowing in the cluster",
    "",
  ]]);
  equal((await nsq(`import ${file} --dry-run`, to.env)).code, 0);
  equal((await nsq("topic ls --quiet", to.env)).stdout, "mine\n");

  const imported = await nsq("import -", to.env, exported.stdout);
  deepEqual([imported.code, imported.stderr], [0, ""]);
  equal(imported.stdout, "made 2 topics and 2 channels, paused 2, unpaused 0, set 0 policies\n");
  for (const node of [to.first, to.second]) {
    equal((await node.topic("held")).paused, true);
    equal((await node.channel("orders", "billing")).paused, true);
    equal((await node.channel("orders", "archive")).paused, false);
  }
  const after = printed(await nsq(`diff ${file} --json`, to.env));
  deepEqual(after.items.map(({ change, name }) => [change, name]), [["extra", "mine"], [
    "extra",
    "own",
  ]]);

  await to.first.post("/topic/pause?topic=orders");
  const refused = await nsq(`import ${file}`, to.env);
  equal(refused.code, 1);
  match(
    refused.stderr,
    /Importing unpauses 1 topic\. Nothing was done/,
  );
  equal((await nsq(`import ${file} --yes`, to.env)).code, 0);
  equal((await to.first.topic("orders")).paused, false);
});

Deno.test("nsq diff ends with 0 where nothing differs, and with 2 where it cannot tell", async () => {
  await using nsqd = await startNsqd();
  await nsqd.create("same", "c");
  const env = { NSQ_NSQD: `127.0.0.1:${nsqd.httpPort}` };
  const { stdout } = await nsq("export", env);
  const same = await nsq("diff -", env, stdout);
  deepEqual([same.code, same.stdout], [0, ""]);
  const other = await nsq("diff -", env, '{"topics":[]}');
  equal(other.code, 2);
  match(other.stderr, /^nsq diff: - is no file of nsq export/);
  equal((await nsq("diff /nowhere", env)).code, 2);
  equal((await nsq("diff -", { NSQ_NSQD: "127.0.0.1:1" }, stdout)).code, 2);
});
