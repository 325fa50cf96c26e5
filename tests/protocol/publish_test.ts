/** PUB, MPUB and DPUB: what is stored, what is refused and with which words. */
import { deepEqual, equal } from "../harness/assert.ts";
import {
  type Chunk,
  Client,
  concat,
  int32,
  messageBatch,
  nsqdSuite,
  sized,
  topicName,
} from "../harness/mod.ts";

const MAX_MSG_BYTES = 1024;
const MAX_BODY_BYTES = 8192;
const FLAGS = [`--max-msg-size=${MAX_MSG_BYTES}`, `--max-body-size=${MAX_BODY_BYTES}`];
const LONGEST_BODY = "x".repeat(MAX_MSG_BYTES);
const TOO_LONG_BODY = "x".repeat(MAX_MSG_BYTES + 1);

/** Input that is refused, with the answer; the connection ends with it. */
const REFUSED: [name: string, sent: Chunk, error: string][] = [
  ["PUB without a topic", "PUB\n", "E_INVALID PUB insufficient number of parameters"],
  ["PUB with size 0", concat("PUB t\n", int32(0)), "E_BAD_MESSAGE PUB invalid message body size 0"],
  [
    "PUB with a negative size",
    concat("PUB t\n", int32(-1)),
    "E_BAD_MESSAGE PUB invalid message body size -1",
  ],
  [
    "PUB with a size over the limit",
    concat("PUB t\n", int32(MAX_MSG_BYTES + 1)),
    "E_BAD_MESSAGE PUB message too big 1025 > 1024",
  ],
  [
    "PUB with a huge size",
    concat("PUB t\n", int32(2147483647)),
    "E_BAD_MESSAGE PUB message too big 2147483647 > 1024",
  ],
  ["MPUB without a topic", "MPUB\n", "E_INVALID MPUB insufficient number of parameters"],
  ["MPUB with size 0", concat("MPUB t\n", int32(0)), "E_BAD_BODY MPUB invalid body size 0"],
  [
    "MPUB with a negative size",
    concat("MPUB t\n", int32(-5)),
    "E_BAD_BODY MPUB invalid body size -5",
  ],
  [
    "MPUB with a size over the limit",
    concat("MPUB t\n", int32(MAX_BODY_BYTES + 1)),
    "E_BAD_BODY MPUB body too big 8193 > 8192",
  ],
  [
    "MPUB of no messages",
    concat("MPUB t\n", sized(int32(0))),
    "E_BAD_BODY MPUB invalid message count 0",
  ],
  [
    "MPUB of a negative number of messages",
    concat("MPUB t\n", sized(int32(-1))),
    "E_BAD_BODY MPUB invalid message count -1",
  ],
  [
    "MPUB of more messages than a body can hold",
    // A body of 8192 bytes holds 4 for the count and at least 5 for each message: 1637.
    concat("MPUB t\n", sized(int32(1638))),
    "E_BAD_BODY MPUB invalid message count 1638",
  ],
  [
    "MPUB with an empty message",
    concat("MPUB t\n", sized(messageBatch(["a", ""]))),
    "E_BAD_MESSAGE MPUB invalid message(1) body size 0",
  ],
  [
    "MPUB with a message of negative size",
    concat("MPUB t\n", sized(concat(int32(1), int32(-7)))),
    "E_BAD_MESSAGE MPUB invalid message(0) body size -7",
  ],
  [
    "MPUB with a message over the limit",
    concat("MPUB t\n", sized(messageBatch(["a", TOO_LONG_BODY]))),
    "E_BAD_MESSAGE MPUB message too big 1025 > 1024",
  ],
  ["DPUB without a topic", "DPUB\n", "E_INVALID DPUB insufficient number of parameters"],
  ["DPUB without a delay", "DPUB t\n", "E_INVALID DPUB insufficient number of parameters"],
  ["DPUB with a delay in words", "DPUB t soon\n", "E_INVALID DPUB could not parse timeout soon"],
  ["DPUB with a negative delay", "DPUB t -1\n", "E_INVALID DPUB could not parse timeout -1"],
  ["DPUB with a fraction", "DPUB t 1.5\n", "E_INVALID DPUB could not parse timeout 1.5"],
  [
    "DPUB with a delay over the limit",
    "DPUB t 3600001\n",
    "E_INVALID DPUB timeout 3600001 out of range 0-3600000",
  ],
  [
    "DPUB with size 0",
    concat("DPUB t 1\n", int32(0)),
    "E_BAD_MESSAGE DPUB invalid message body size 0",
  ],
  [
    "DPUB with a negative size",
    concat("DPUB t 1\n", int32(-1)),
    "E_BAD_MESSAGE DPUB invalid message body size -1",
  ],
  [
    "DPUB with a size over the limit",
    concat("DPUB t 1\n", int32(MAX_MSG_BYTES + 1)),
    "E_BAD_MESSAGE DPUB message too big 1025 > 1024",
  ],
];

/** Input that ends too early, with the answer. */
const CUT_SHORT: [name: string, sent: Chunk, error: string][] = [
  [
    "PUB in its size",
    concat("PUB t\n", "\0\0"),
    "E_BAD_MESSAGE PUB failed to read message body size",
  ],
  [
    "PUB in its body",
    concat("PUB t\n", int32(5), "abcd"),
    "E_BAD_MESSAGE PUB failed to read message body",
  ],
  ["MPUB in its size", "MPUB t\n\0", "E_BAD_BODY MPUB failed to read body size"],
  [
    "MPUB before its count",
    concat("MPUB t\n", int32(20)),
    "E_BAD_BODY MPUB failed to read message count",
  ],
  [
    "MPUB in a message's size",
    concat("MPUB t\n", int32(20), int32(2), sized("a"), "\0"),
    "E_BAD_MESSAGE MPUB failed to read message(1) body size",
  ],
  [
    "MPUB in a message",
    concat("MPUB t\n", int32(20), int32(2), sized("a"), int32(5), "ab"),
    "E_BAD_MESSAGE MPUB failed to read message body",
  ],
  ["DPUB in its size", "DPUB t 1\n\0\0\0", "E_BAD_MESSAGE DPUB failed to read message body size"],
  [
    "DPUB in its body",
    concat("DPUB t 1\n", int32(2), "a"),
    "E_BAD_MESSAGE DPUB failed to read message body",
  ],
];

nsqdSuite(FLAGS, (test) => {
  test("PUB, MPUB and DPUB store what they were given", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    const topic = topicName();
    await client.publish(topic, "one");
    await client.publishBatch(topic, ["two", "three"]);
    await client.publishDeferred(topic, 0, "four");
    await client.subscribe(topic, "ch", 10);
    const messages = await client.consume(4);
    deepEqual(messages.map((message) => message.body).sort(), ["four", "one", "three", "two"]);
  });

  test("PUB and MPUB take bodies up to the limit, of any bytes", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    const topic = topicName();
    await client.publish(topic, LONGEST_BODY);
    await client.publishBatch(topic, ["\n\r\0 PUB x\n", LONGEST_BODY]);
    await client.subscribe(topic, "ch", 10);
    const bodies = (await client.consume(3)).map((message) => message.body);
    deepEqual(bodies, [LONGEST_BODY, "\n\r\0 PUB x\n", LONGEST_BODY]);
  });

  test("PUB ignores further parameters", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    const topic = topicName();
    await client.send(`PUB ${topic} and more\n`, sized("body"));
    await client.expectResponse("OK");
    equal((await nsqd.topic(topic)).message_count, 1);
  });

  test("PUB answers each of many commands in one write, in order", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    const topic = topicName();
    const commands = Array.from({ length: 50 }, (_, i) => concat(`PUB ${topic}\n`, sized(`m${i}`)));
    await client.send(...commands, "MPUB bad!\n");
    for (const _ of commands) await client.expectResponse("OK");
    await client.expectFatalError(
      'E_BAD_TOPIC E_BAD_TOPIC MPUB topic name "bad!" is not valid',
    );
    equal((await nsqd.topic(topic)).message_count, 50);
  });

  test("PUB understands a session that arrives byte by byte", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort, { magic: "" });
    const topic = topicName();
    const session = concat(
      "  V2",
      `PUB ${topic}\r\n`,
      sized("crlf"),
      `MPUB ${topic}\n`,
      sized(messageBatch(["a", "b"])),
      "NOP\n",
      `DPUB ${topic} 0\n`,
      sized("later"),
    );
    for (const byte of session) await client.send(Uint8Array.of(byte));
    for (let answers = 0; answers < 3; answers++) await client.expectResponse("OK");
    equal((await nsqd.topic(topic)).message_count, 4);
  });

  test("MPUB stores nothing of a batch that it refuses", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    const topic = topicName();
    await client.send(`MPUB ${topic}\n`, sized(messageBatch(["good", TOO_LONG_BODY])));
    await client.expectFatalError("E_BAD_MESSAGE MPUB message too big 1025 > 1024");
    equal((await nsqd.topic(topic)).message_count, 0);
  });

  test("MPUB creates the topic before it reads the body, PUB after", async (nsqd) => {
    const [batchTopic, singleTopic] = [topicName(), topicName()];
    using batch = await Client.connect(nsqd.tcpPort);
    await batch.send(`MPUB ${batchTopic}\n`, int32(0));
    await batch.expectFatalError("E_BAD_BODY MPUB invalid body size 0");
    using single = await Client.connect(nsqd.tcpPort);
    await single.send(`PUB ${singleTopic}\n`, int32(0));
    await single.expectFatalError("E_BAD_MESSAGE PUB invalid message body size 0");
    equal((await nsqd.topics(batchTopic)).length, 1);
    equal((await nsqd.topics(singleTopic)).length, 0);
  });

  test("DPUB takes an empty delay as 0", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    const topic = topicName();
    await client.send(`DPUB ${topic} \n`, sized("now"));
    await client.expectResponse("OK");
    await client.subscribe(topic, "ch", 1);
    equal((await client.nextMessage()).body, "now");
  });

  test("PUB is allowed to a subscribed client", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    const topic = topicName();
    await client.subscribe(topic, "ch");
    await client.publish(topic, "to myself");
    await client.ready(1);
    equal((await client.nextMessage()).body, "to myself");
  });

  test("MPUB whose body size lies harms nobody else", async (nsqd) => {
    const batch = messageBatch(["a", "b"]);
    for (const claimed of [batch.length - 1, batch.length + 1, 4, MAX_BODY_BYTES]) {
      using client = await Client.connect(nsqd.tcpPort);
      await client.send(`MPUB ${topicName()}\n`, int32(claimed), batch, "NOP\n");
      await client.closeWrite();
      // Answered or refused, but soon at an end.
      await client.expectEnd();
    }
    using other = await Client.connect(nsqd.tcpPort);
    await other.expectAlive();
  });

  for (const [name, sent, error] of REFUSED) {
    test(`${name} is refused`, async (nsqd) => {
      using client = await Client.connect(nsqd.tcpPort);
      await client.send(sent);
      await client.expectFatalError(error);
    });
  }

  for (const [name, sent, error] of CUT_SHORT) {
    test(`${name} cut short is reported`, async (nsqd) => {
      using client = await Client.connect(nsqd.tcpPort);
      await client.send(sent);
      await client.closeWrite();
      await client.expectFatalError(error);
    });
  }
});
