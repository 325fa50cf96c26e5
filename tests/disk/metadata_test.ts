/** `nsqd.dat` and the lock: what is written when, and what refuses to start. */
import { deepEqual, equal, match, notEqual } from "../harness/assert.ts";
import {
  betterThanReference,
  Client,
  dataFileName,
  encodeMeta,
  encodeMetadata,
  encodeRecords,
  eventually,
  isReference,
  metaFileName,
  PRIVATE_FILE_MODE,
  runRefusedNsqd,
  startNsqd,
  storedMessage,
  TemporaryDirectory,
} from "../harness/mod.ts";

interface Metadata {
  topics: { name: string; paused: boolean; channels: ChannelMetadata[] | null }[] | null;
  version: string;
}
interface ChannelMetadata {
  name: string;
  paused: boolean;
}

function metadata(directory: Pick<TemporaryDirectory, "readText">): Metadata {
  return JSON.parse(directory.readText("nsqd.dat"));
}

Deno.test("nsqd.dat is there from the start, private, with no topics", async () => {
  using directory = new TemporaryDirectory();
  await using _nsqd = await startNsqd({ dataPath: directory.path });
  match(directory.readText("nsqd.dat"), /^\{"topics":null,"version":"\d+\.\d+\.\d+[^"]*"\}$/);
  equal(directory.mode("nsqd.dat"), PRIVATE_FILE_MODE);
  deepEqual(directory.names(), ["nsqd.dat"]);
});

Deno.test("nsqd.dat follows what is made and paused", async () => {
  using directory = new TemporaryDirectory();
  await using nsqd = await startNsqd({ dataPath: directory.path });
  await nsqd.create("t", "ch");
  using client = await Client.connect(nsqd.tcpPort);
  await client.subscribe("t", "temporary#ephemeral");
  await client.publish("temporary#ephemeral", "x");
  await client.publish("plain", "x");
  await eventually(() => {
    deepEqual(sortedTopics(directory), [
      { name: "plain", paused: false, channels: null },
      { name: "t", paused: false, channels: [{ name: "ch", paused: false }] },
    ]);
  });

  // A pause is on disk before the answer: no waiting here.
  await nsqd.post("/channel/pause?topic=t&channel=ch");
  equal(sortedTopics(directory)[1]?.channels?.[0]?.paused, true);
  await nsqd.post("/topic/pause?topic=plain");
  equal(sortedTopics(directory)[0]?.paused, true);
  await nsqd.post("/topic/unpause?topic=plain");
  equal(sortedTopics(directory)[0]?.paused, false);

  const leftovers = directory.names().filter((name) => name.endsWith(".tmp"));
  deepEqual(leftovers, []);
});

betterThanReference(
  "what a crash left of nsqd.dat goes at the start, and nothing else does",
  async () => {
    using directory = new TemporaryDirectory();
    for (const name of ["nsqd.dat.7203421.tmp", "nsqd.dat.1.tmp"]) directory.write(name, '{"topi');
    const kept = ["nsqd.dat.bak", "nsqd.dat.tmp", "my.nsqd.dat.1.tmp", "nsqd.dat.1.tmp.old"];
    for (const name of kept) directory.write(name, "mine");
    directory.write("nsqd.dat", encodeMetadata({ t: ["ch"] }));
    await using nsqd = await startNsqd({ dataPath: directory.path });
    await nsqd.channel("t", "ch");
    deepEqual(directory.names(), ["nsqd.dat", ...kept].sort());
  },
);

// The reference may write the file before it takes the deleted one out of its list.
betterThanReference("nsqd.dat forgets what is deleted", async () => {
  using directory = new TemporaryDirectory();
  await using nsqd = await startNsqd({ dataPath: directory.path });
  await nsqd.create("plain");
  await nsqd.create("t", "ch");
  await nsqd.post("/channel/delete?topic=t&channel=ch");
  await eventually(() => equal(sortedTopics(directory)[1]?.channels, null));
  await nsqd.post("/topic/delete?topic=plain");
  await eventually(() => deepEqual(sortedTopics(directory).map((topic) => topic.name), ["t"]));
});

Deno.test("nsqd.dat names its fields in the reference's order", async () => {
  using directory = new TemporaryDirectory();
  await using nsqd = await startNsqd({ dataPath: directory.path });
  await nsqd.create("t", "ch");
  await nsqd.stop();
  const { version } = metadata(directory);
  equal(
    directory.readText("nsqd.dat"),
    `{"topics":[{"name":"t","paused":false,"channels":[{"name":"ch","paused":false}]}],` +
      `"version":"${version}"}`,
  );
});

for (const broken of ["{", "", '{"topics":[{"name":1}]}', '{"topics":{}}', "\0\0\0\0"]) {
  Deno.test(`nsqd.dat with ${JSON.stringify(broken)} refuses to start and is kept`, async () => {
    using directory = new TemporaryDirectory();
    directory.write("nsqd.dat", broken);
    const { code, stderr } = await runRefusedNsqd({ dataPath: directory.path });
    notEqual(code, 0);
    match(stderr, /failed to parse metadata in .*nsqd\.dat/);
    equal(directory.readText("nsqd.dat"), broken);
  });
}

Deno.test("nsqd.dat may hold names that are not valid: they are skipped", async () => {
  using directory = new TemporaryDirectory();
  const channels = [{ name: "bad channel", paused: false }, { name: "good", paused: true }];
  const topics = [
    { name: "bad/topic", paused: false, channels: null },
    { name: "t", paused: false, channels },
    { name: "x".repeat(65), paused: false, channels: [] },
  ];
  directory.write("nsqd.dat", JSON.stringify({ topics, version: "1.3.0" }));
  await using nsqd = await startNsqd({ dataPath: directory.path });
  match(nsqd.log(), /skipping creation of invalid topic bad\/topic/);
  match(nsqd.log(), /skipping creation of invalid channel bad channel/);
  deepEqual((await nsqd.topics()).map((topic) => topic.topic_name), ["t"]);
  deepEqual((await nsqd.topic("t")).channels.map((channel) => channel.channel_name), ["good"]);
});

Deno.test("nsqd.dat may lack fields and hold unknown ones", async () => {
  using directory = new TemporaryDirectory();
  directory.write(
    "nsqd.dat",
    '{"newer":true,"topics":[{"name":"t","channels":[{"name":"ch","x":{}}]},{"name":"u"}]}\n',
  );
  await using nsqd = await startNsqd({ dataPath: directory.path });
  deepEqual((await nsqd.topics()).map((topic) => topic.topic_name), ["t", "u"]);
  equal((await nsqd.channel("t", "ch")).paused, false);
});

Deno.test("a second nsqd on the same data path refuses to start", async () => {
  using directory = new TemporaryDirectory();
  await using nsqd = await startNsqd({ dataPath: directory.path });
  const { code, stderr } = await runRefusedNsqd({ dataPath: directory.path });
  notEqual(code, 0);
  match(stderr, /failed to lock data-path: .*possibly in use by another instance of nsqd/);
  equal(stderr.includes(directory.path), true, stderr);
  using client = await Client.connect(nsqd.tcpPort);
  await client.expectAlive();
});

betterThanReference(
  "a data path that does not exist refuses to start, or is made where that is asked for",
  async () => {
    using directory = new TemporaryDirectory();
    const dataPath = `${directory.path}/missing/below`;
    const { code, stderr } = await runRefusedNsqd({ dataPath });
    notEqual(code, 0);
    match(stderr, /FATAL: .*no directory \S+: create it, or give --data-path-create\n$/);
    equal(stderr.includes(dataPath), true, stderr);
    deepEqual(directory.names(), []);
    for (const _start of ["first", "second"]) {
      await using nsqd = await startNsqd({ dataPath, flags: ["--data-path-create"] });
      await nsqd.create("t");
    }
    deepEqual(
      metadata({ readText: (name) => Deno.readTextFileSync(`${dataPath}/${name}`) }).topics,
      [
        { name: "t", paused: false, channels: null },
      ],
    );
  },
);

Deno.test("a data path that is a file refuses to start, and stays", async () => {
  using directory = new TemporaryDirectory();
  directory.write("file", "mine");
  const dataPath = `${directory.path}/file`;
  for (const flags of isReference ? [[]] : [[], ["--data-path-create"]]) {
    const { code, stderr } = await runRefusedNsqd({ dataPath, flags });
    notEqual(code, 0, stderr);
  }
  equal(directory.readText("file"), "mine");
});

betterThanReference(
  "a data path of NSQ 0.x is named with what to do, until that is done",
  async () => {
    using directory = new TemporaryDirectory();
    const old = {
      version: "0.3.8",
      topics: [{ name: "t", paused: false, channels: [{ name: "c", paused: true }] }],
    };
    directory.write("nsqd.617.dat", JSON.stringify(old));
    const records = encodeRecords([storedMessage(1)]);
    directory.write(dataFileName("t:c", 0), records);
    directory.write(
      metaFileName("t:c"),
      encodeMeta({
        depth: 1,
        readFile: 0,
        readPosition: 0,
        writeFile: 0,
        writePosition: records.length,
      }),
    );
    const path = directory.path;
    const rename = `mv ${path}/nsqd.617.dat ${path}/nsqd.dat`;
    for (const _start of ["first", "second"]) {
      await using nsqd = await startNsqd({ dataPath: path });
      const line = await nsqd.waitForLog(/nsqd\.617\.dat is of NSQ 0\.x/);
      match(line, / WARNING: .*its topic is missing here/);
      equal(line.endsWith(rename), true, line);
      deepEqual(await nsqd.topics(), []);
    }
    const [, from, to] = rename.split(" ");
    Deno.renameSync(from!, to!);
    await using nsqd = await startNsqd({ dataPath: path });
    const { paused, depth } = await nsqd.channel("t", "c");
    deepEqual([paused, depth], [true, 1]);
    equal(nsqd.log().includes("NSQ 0.x"), false, nsqd.log());
  },
);

betterThanReference(
  "links and leavings of NSQ 1.0 are not complained of, nor what only looks alike",
  async () => {
    using directory = new TemporaryDirectory();
    directory.write("nsqd.dat", '{"topics":null,"version":"1.0.0"}');
    Deno.symlinkSync("nsqd.dat", `${directory.path}/nsqd.1.dat`);
    directory.write("nsqd.2.dat.bak", "x");
    directory.write("nsqd.x.dat", "x");
    await using nsqd = await startNsqd({ dataPath: directory.path });
    equal(/WARNING|ERROR/.test(nsqd.log()), false, nsqd.log());
  },
);

Deno.test("the lock goes with the process, however it ends", async () => {
  using directory = new TemporaryDirectory();
  const first = await startNsqd({ dataPath: directory.path });
  await first.kill();
  await using _second = await startNsqd({ dataPath: directory.path });
});

function sortedTopics(directory: TemporaryDirectory) {
  const { topics } = metadata(directory);
  return (topics ?? []).toSorted((a, b) => a.name < b.name ? -1 : 1);
}
