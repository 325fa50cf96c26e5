/** `nsq journal` on data directories that no broker uses, whole and damaged. */
import { NOTHING_WAITS } from "../../lib/journal/topic_state.ts";
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import {
  Client,
  eventually,
  inTerminal,
  isToolsReference,
  projectFolder,
  runTool,
  startNsqd,
  TemporaryDirectory,
  toolCommand,
} from "../harness/mod.ts";
import { JournalWriter } from "./journal_directory.ts";

const HOSTILE = "x\x1b[2J\r\u202e";

function ours(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: isToolsReference, fn });
}

function journal(...args: string[]) {
  return runTool("journal", args);
}

/** The lines of what a tool printed, as JSON. */
function objects(stdout: string): Record<string, unknown>[] {
  return stdout.trim().split("\n").map((line) => JSON.parse(line));
}

/** A topic `orders` with messages 0 to 5, a channel that has finished some, and one that waits for all. */
async function fillOrders(path: string): Promise<void> {
  const writer = new JournalWriter(path, "orders");
  const { channel } = writer.journal.createChannel("archive", 0);
  writer.journal.createChannel("idle", 0);
  writer.journal.setWaitingFrom(NOTHING_WAITS);
  await writer.publish("zero", "one");
  await writer.publish("two", "ключ");
  await writer.publish(new Uint8Array([0xff, 0x0a]));
  writer.defer("later", Date.UTC(2030, 0, 1));
  channel.deliver(3);
  channel.except(2, 7, 0);
  channel.finish(1);
  channel.pause(true);
  await writer.close();
}

/** Contents of all files, to see that nobody touched them. */
function contents(path: string): Record<string, string> {
  return Object.fromEntries(
    [...Deno.readDirSync(path)].map(({ name }) => [
      name,
      Deno.readFileSync(`${path}/${name}`).toBase64(),
    ]).sort(),
  );
}

function change(path: string, at: number, byte: number): void {
  const bytes = Deno.readFileSync(path);
  bytes[at < 0 ? bytes.length + at : at]! ^= byte;
  Deno.writeFileSync(path, bytes);
}

ours("journal ls shows topics, segments, indexes and channels", async () => {
  using folder = new TemporaryDirectory();
  await fillOrders(folder.path);
  const other = new JournalWriter(folder.path, "..");
  await other.publish("a", "b");
  await other.close();
  const { code, stdout, stderr } = await journal("ls", folder.path);
  deepEqual([code, stderr], [0, ""]);
  match(
    stdout,
    new RegExp(
      "^topic \\.\\.: 1 segment, \\d+ bytes, messages 0 to 1\n" +
        "  \\.\\.\\.journal\\.000001\\.dat: \\d+ bytes, messages 0 to 1, begun 2023-11-14T22:13:20.000Z\n" +
        "  in no channel yet: 2 messages\n" +
        "topic orders: 1 segment, \\d+ bytes, messages 0 to 5\n" +
        "  orders\\.journal\\.000001\\.dat: .*\n" +
        "  channel archive: depth 5, deferred 1, paused\n" +
        "  channel idle: depth 6, deferred 1\n$",
    ),
  );
  const [only, ...more] = objects(
    (await journal("ls", "--json", "--topic=orders", folder.path)).stdout,
  );
  equal(more.length, 0);
  deepEqual(only!["channels"], [
    { channel: "archive", depth: 5, deferred: 1, paused: true },
    { channel: "idle", depth: 6, deferred: 1, paused: false },
  ]);
  deepEqual([only!["first"], only!["next"], only!["waiting"]], [0, 6, 0]);
});

ours(
  "journal dump prints what a channel has not finished, with its attempts and due times",
  async () => {
    using folder = new TemporaryDirectory();
    await fillOrders(folder.path);
    const archive = ["--topic=orders", "--channel=archive"];
    const { code, stdout } = await journal("dump", folder.path, ...archive);
    equal(code, 0);
    const message = (index: number, attempts: number) => ({
      topic: "orders",
      index,
      id: index.toString(16).padStart(16, "0"),
      timestamp: 1_700_000_000_000_000_000,
      attempts,
    });
    deepEqual(objects(stdout), [
      { ...message(0, 1), body: "zero" },
      { ...message(2, 7), body: "two" },
      { ...message(3, 0), body: "ключ" },
      { ...message(4, 0), body_base64: "/wo=" },
      { ...message(5, 0), body: "later", due: "2030-01-01T00:00:00.000Z" },
    ]);
    const some = await journal("dump", ...archive, "--from=1", "--to=3", folder.path);
    deepEqual(objects(some.stdout).map(({ index }) => index), [2, 3]);
    const all = objects((await journal("dump", folder.path)).stdout);
    deepEqual(all.map(({ unfinished }) => unfinished).slice(0, 2), [["archive", "idle"], ["idle"]]);
    equal(all.length, 6);
  },
);

ours("journal dump --bodies gives nsq pub what a channel has not finished", async () => {
  using folder = new TemporaryDirectory();
  await fillOrders(folder.path);
  await using nsqd = await startNsqd();
  await nsqd.create("rescued", "c");
  const script = `"$@" journal dump ${folder.path} --topic=orders --channel=archive --bodies \\
    --delimiter='\\0' | "$@" pub --topic=rescued --delimiter='\\0' \\
    --nsqd-tcp-address=127.0.0.1:${nsqd.tcpPort}`;
  const program = toolCommand("journal").slice(0, -1);
  const { code, stderr } = await new Deno.Command("sh", {
    args: ["-c", script, "sh", ...program],
    cwd: projectFolder,
  }).output();
  equal(code, 0, new TextDecoder().decode(stderr));
  equal((await nsqd.channel("rescued", "c")).depth, 5);
});

ours("journal refuses what a broker uses, and reads it again when that has stopped", async () => {
  await using nsqd = await startNsqd();
  await fillOrders(nsqd.dataPath);
  const used = await journal("ls", nsqd.dataPath);
  deepEqual([used.code, used.stdout], [3, ""]);
  equal((await journal("check", nsqd.dataPath)).code, 3);
  match(used.stderr, /^nsq journal: .* is in use by a broker: stop it first, or read a copy/);
  await nsqd.stop();
  equal((await journal("ls", nsqd.dataPath)).code, 0);
});

ours(
  "journal check finds a flipped bit, says who loses what, and dump prints the rest",
  async () => {
    using folder = new TemporaryDirectory();
    await fillOrders(folder.path);
    const path = `${folder.path}/orders.journal.000001.dat`;
    const whole = await journal("check", folder.path);
    deepEqual([whole.code, whole.stderr], [0, ""]);
    match(whole.stdout, /^topic orders: whole \(1 segment, 7 blocks, \d+ bytes\)\n$/);
    const text = new TextDecoder("latin1").decode(Deno.readFileSync(path));
    change(path, text.indexOf("two"), 1);
    const before = contents(folder.path);
    const { code, stdout } = await journal("check", folder.path);
    equal(code, 1);
    match(stdout, /^topic orders: damaged/);
    match(stdout, /orders\.journal\.000001\.dat: \d+ bytes from \d+ on are damaged\n/);
    match(
      stdout,
      /messages 2 to 3 cannot be read: channel archive loses 2, channel idle loses 2\n/,
    );
    const [found] = objects((await journal("check", "--json", folder.path)).stdout);
    deepEqual(found!["lost"], [{
      first: 2,
      next: 4,
      channels: [{ channel: "archive", messages: 2 }, { channel: "idle", messages: 2 }],
    }]);
    const dumped = await journal("dump", folder.path, "--topic=orders", "--channel=idle");
    equal(dumped.code, 1);
    deepEqual(objects(dumped.stdout).map(({ index }) => index), [0, 1, 4, 5]);
    match(dumped.stderr, /topic orders: messages 2 to 3 cannot be read, see check/);
    deepEqual(contents(folder.path), before, "nothing was changed");
  },
);

ours("journal check finds every flipped byte", async () => {
  using folder = new TemporaryDirectory();
  const writer = new JournalWriter(folder.path, "t");
  await writer.publish("a");
  await writer.publish("b");
  await writer.kill();
  const path = `${folder.path}/t.journal.000001.dat`;
  const size = Deno.statSync(path).size;
  for (let at = 0; at < size; at += 127) {
    change(path, at, 0x40);
    const { code, stdout } = await journal("check", folder.path);
    ok(code === 1 || /write that was never acknowledged/.test(stdout), `byte ${at}: ${stdout}`);
    change(path, at, 0x40);
  }
  equal((await journal("check", folder.path)).code, 0);
});

ours(
  "journal check takes a torn end for what a crash leaves, and a missing segment for a loss",
  async () => {
    using folder = new TemporaryDirectory();
    const writer = new JournalWriter(folder.path, "t", 1000);
    writer.journal.createChannel("c", 0);
    writer.journal.setWaitingFrom(NOTHING_WAITS);
    for (let i = 0; i < 6; i++) await writer.publish(`${i}`.padEnd(400, "."));
    await writer.kill();
    const [first, second, ...more] = folder.names().map((name) => `${folder.path}/${name}`);
    const last = more.at(-1);
    Deno.truncateSync(last!, Deno.statSync(last!).size - 10);
    const before = contents(folder.path);
    const torn = await journal("check", folder.path);
    equal(torn.code, 0, torn.stdout);
    match(torn.stdout, /00000\d\.dat: ends in \d+ bytes of a write that was never acknowledged/);
    equal(objects((await journal("dump", folder.path)).stdout).length, 5);
    Deno.writeFileSync(first!, new Uint8Array(2000));
    Deno.removeSync(second!);
    const missing = await journal("check", folder.path);
    equal(missing.code, 1);
    match(missing.stdout, /t\.journal\.000001\.dat: none of its 2000 bytes can be read\n/);
    match(missing.stdout, /messages 0 to \d cannot be read: channel c loses \d\n/);
    deepEqual(Object.keys(contents(folder.path)).length, Object.keys(before).length - 1);
  },
);

ours("journal shows bodies and names at a terminal without risk", async () => {
  using folder = new TemporaryDirectory();
  const writer = new JournalWriter(folder.path, "t");
  await writer.publish(HOSTILE);
  await writer.close();
  const json = await inTerminal("journal", ["dump", folder.path], []);
  match(json.shown, /"body":"x\\u001b\[2J\\r\\u202e"/);
  const bodies = await inTerminal("journal", ["dump", folder.path, "--bodies"], []);
  equal(bodies.shown, "x\\x1b[2J\\r\\u202e\r\n");
  const named = await journal("ls", `${folder.path}/\x1b[2J`);
  match(named.stderr, /\\x1b\[2J/);
});

ours("journal says in one line what is wrong with what it is asked", async () => {
  using folder = new TemporaryDirectory();
  const says = async (code: number, pattern: RegExp, ...args: string[]) => {
    const outcome = await journal(...args);
    deepEqual([outcome.code, outcome.stderr.split("\n").length], [code, 2], outcome.stderr);
    match(outcome.stderr, pattern);
  };
  await says(2, /say ls, check or dump, then the data directory/);
  await says(2, /"list" is none of them/, "list", folder.path);
  await says(2, /dump needs the path/, "dump");
  await says(2, /unknown arguments: x/, "ls", folder.path, "x");
  await says(2, /--channel, --from and --to need --topic/, "dump", folder.path, "--channel=c");
  await says(3, /no topic in .* has a journal/, "ls", folder.path);
  await says(3, /no data directory .*: there is none/, "check", `${folder.path}/none`);
  await fillOrders(folder.path);
  await says(3, /is a file: name the directory/, "ls", `${folder.path}/orders.journal.000001.dat`);
  await says(3, /topic t has no journal .* these have: orders/, "ls", folder.path, "--topic=t");
  await says(
    3,
    /no channel c \(its channels: archive, idle\)/,
    "dump",
    folder.path,
    "--topic=orders",
    "--channel=c",
  );
});

ours("journal dump prints dead messages as they were, with their attempts", async () => {
  using folder = new TemporaryDirectory();
  {
    await using nsqd = await startNsqd({ dataPath: folder.path });
    const policy = { name: "p", topic: "t", set: { max_attempts: 2 } };
    await nsqd.post("/policy/put", JSON.stringify(policy));
    await nsqd.create("t", "ch");
    await nsqd.post("/mpub?topic=t", "a\nb");
    using client = await Client.connect(nsqd.tcpPort);
    await client.subscribe("t", "ch", 2);
    for (let attempt = 1; attempt <= 2; attempt++) {
      for (const { id } of await client.nextMessages(2)) await client.requeue(id, 0);
    }
    await eventually(async () => equal((await nsqd.channel("t", "ch")).dead_count, 2));
    await nsqd.stop();
  }
  const dumped = await journal("dump", folder.path, "--topic=t:ch:dead");
  deepEqual(
    objects(dumped.stdout).map(({ topic, attempts, body }) => [topic, attempts, body]),
    [["t:ch:dead", 2, "a"], ["t:ch:dead", 2, "b"]],
  );
});
