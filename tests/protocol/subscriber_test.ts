/** SUB, RDY, FIN, REQ, TOUCH and CLS: in which state they are allowed, and what they answer when they cannot do it. */
import { equal } from "../harness/assert.ts";
import { Client, concat, type Nsqd, nsqdSuite, pause, sized, topicName } from "../harness/mod.ts";

const UNKNOWN_ID = "0123456789abcdef";

/** Commands that need a subscription, refused without one. */
const NEEDS_SUBSCRIPTION = [
  "RDY 1",
  `FIN ${UNKNOWN_ID}`,
  `REQ ${UNKNOWN_ID} 0`,
  `TOUCH ${UNKNOWN_ID}`,
  "CLS",
];

/** Lines that end the connection of a subscribed client, with the answer. */
const FATAL_WHEN_SUBSCRIBED: [line: string, error: string][] = [
  ["SUB t ch", "cannot SUB in current state"],
  ["AUTH", "cannot AUTH in current state"],
  ["RDY -1", "RDY could not parse count -1"],
  ["RDY +1", "RDY could not parse count +1"],
  ["RDY 1x", "RDY could not parse count 1x"],
  ["RDY 0x10", "RDY could not parse count 0x10"],
  ["RDY 1.0", "RDY could not parse count 1.0"],
  ["RDY \t1", "RDY could not parse count \t1"],
  ["RDY 2501", "RDY count 2501 out of range 0-2500"],
  ["RDY 9000000000000000000", "RDY count 9000000000000000000 out of range 0-2500"],
  ["FIN", "FIN insufficient number of params"],
  ["FIN ", "invalid message ID"],
  ["FIN 0123456789abcde", "invalid message ID"],
  ["FIN 0123456789abcdef0", "invalid message ID"],
  ["REQ", "REQ insufficient number of params"],
  [`REQ ${UNKNOWN_ID}`, "REQ insufficient number of params"],
  ["REQ short 0", "invalid message ID"],
  ["REQ short soon", "invalid message ID"],
  [`REQ ${UNKNOWN_ID} soon`, "REQ could not parse timeout soon"],
  [`REQ ${UNKNOWN_ID} -1`, "REQ could not parse timeout -1"],
  ["TOUCH", "TOUCH insufficient number of params"],
  ["TOUCH short", "invalid message ID"],
];

nsqdSuite([], (test) => {
  for (const line of NEEDS_SUBSCRIPTION) {
    test(`${line} is refused without a subscription`, async (nsqd) => {
      using client = await Client.connect(nsqd.tcpPort);
      await client.send(line, "\n");
      const command = line.split(" ")[0];
      await client.expectFatalError(`E_INVALID cannot ${command} in current state`);
    });
  }

  for (const [line, error] of FATAL_WHEN_SUBSCRIBED) {
    test(`${JSON.stringify(line)} ends the connection of a subscriber`, async (nsqd) => {
      using client = await Client.connect(nsqd.tcpPort);
      await client.subscribe(topicName(), "ch");
      await client.send(line, "\n");
      await client.expectFatalError(`E_INVALID ${error}`);
    });
  }

  for (const line of ["SUB", "SUB topic"]) {
    test(`${line} is refused as incomplete`, async (nsqd) => {
      using client = await Client.connect(nsqd.tcpPort);
      await client.send(line, "\n");
      await client.expectFatalError("E_INVALID SUB insufficient number of parameters");
    });
  }

  test("FIN, REQ and TOUCH of an unknown message leave the connection open", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    await client.subscribe(topicName(), "ch", 1);
    await client.finish(UNKNOWN_ID);
    await client.expectError(`E_FIN_FAILED FIN ${UNKNOWN_ID} failed ID not in flight`);
    await client.requeue(UNKNOWN_ID, 0);
    await client.expectError(`E_REQ_FAILED REQ ${UNKNOWN_ID} failed ID not in flight`);
    await client.touch(UNKNOWN_ID);
    await client.expectError(`E_TOUCH_FAILED TOUCH ${UNKNOWN_ID} failed ID not in flight`);
    await client.expectAlive();
  });

  test("FIN of 16 characters that are no id is answered as not in flight", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    await client.subscribe(topicName(), "ch", 1);
    for (const id of ["zzzzzzzzzzzzzzzz", "0123456789ABCDEF", '"\t%s\x7f89abcdefghi']) {
      await client.finish(id);
      await client.expectError(`E_FIN_FAILED FIN ${id} failed ID not in flight`);
    }
  });

  for (const rest of ["x\nNOP\nNOP\nNOP\nzz", "0123456 89abcdef", "0123456789abcde\r"]) {
    test(`FIN is a line, however long: ${JSON.stringify(rest)}`, async (nsqd) => {
      using client = await Client.connect(nsqd.tcpPort);
      await client.subscribe(topicName(), "ch", 1);
      await client.send(`FIN ${rest}\n`);
      await client.expectFatalError("E_INVALID invalid message ID");
    });
  }

  test("FIN, REQ and TOUCH by another client are refused and change nothing", async (nsqd) => {
    const { owner, message, topic } = await ownerOfMessage(nsqd);
    using _owner = owner;
    using other = await Client.connect(nsqd.tcpPort);
    await other.subscribe(topic, "ch");
    const { id } = message;
    await other.finish(id);
    await other.expectError(`E_FIN_FAILED FIN ${id} failed client does not own message`);
    await other.requeue(id, 0);
    await other.expectError(`E_REQ_FAILED REQ ${id} failed client does not own message`);
    await other.touch(id);
    await other.expectError(`E_TOUCH_FAILED TOUCH ${id} failed client does not own message`);
    await owner.finish(id);
    await owner.expectAlive();
    equal((await nsqd.channel(topic, "ch")).in_flight_count, 0);
  });

  test("FIN and REQ work once for each delivery", async (nsqd) => {
    const { owner, message, topic } = await ownerOfMessage(nsqd);
    using _owner = owner;
    await owner.finish(message.id);
    await owner.finish(message.id);
    await owner.expectError(`E_FIN_FAILED FIN ${message.id} failed ID not in flight`);
    await owner.requeue(message.id, 0);
    await owner.expectError(`E_REQ_FAILED REQ ${message.id} failed ID not in flight`);
    equal((await nsqd.channel(topic, "ch")).depth, 0);
  });

  test("FIN in upper case does not finish a message", async (nsqd) => {
    const { owner, message } = await ownerOfMessage(nsqd, /[a-f]/);
    using _owner = owner;
    const id = message.id.toUpperCase();
    await owner.finish(id);
    await owner.expectError(`E_FIN_FAILED FIN ${id} failed ID not in flight`);
    await owner.finish(message.id);
    await owner.expectAlive();
  });

  test("FIN and PUB are understood wherever the input is split", async (nsqd) => {
    const topic = topicName();
    using client = await Client.connect(nsqd.tcpPort);
    await client.subscribe(topic, "ch", 50);
    await client.publishBatch(topic, Array.from({ length: 50 }, (_, i) => `m${i}`));
    const commands: Uint8Array[] = [];
    for (const { id } of await client.nextMessages(50)) {
      commands.push(concat(`FIN ${id}\n`, "PUB answered\n", sized("body")));
    }
    const session = concat(...commands);
    // Pieces of 41 bytes, commands of 42: every place in a command is split once. A pause keeps the pieces apart.
    for (let from = 0; from < session.length; from += 41) {
      await client.send(session.subarray(from, from + 41));
      await pause(2);
    }
    for (const _ of commands) await client.expectResponse("OK");
    const { depth, in_flight_count } = await nsqd.channel(topic, "ch");
    equal(depth + in_flight_count, 0);
  });

  test("FIN ignores further parameters", async (nsqd) => {
    const { owner, message, topic } = await ownerOfMessage(nsqd);
    using _owner = owner;
    await owner.send(`FIN ${message.id} and more\n`);
    await owner.expectAlive();
    equal((await nsqd.channel(topic, "ch")).in_flight_count, 0);
  });

  test("RDY counts: missing is 1, empty is 0, leading zeros are allowed", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    const topic = topicName();
    await client.subscribe(topic, "ch");
    for (const [line, count] of [["RDY", 1], ["RDY ", 0], ["RDY 007", 7], ["RDY 2500", 2500]]) {
      await client.send(`${line}\n`);
      await client.expectAlive();
      const { clients } = await nsqd.channel(topic, "ch");
      equal(clients?.[0]?.["ready_count"], count, String(line));
    }
  });

  test("CLS answers CLOSE_WAIT, after which only what is in flight counts", async (nsqd) => {
    const { owner, message, topic } = await ownerOfMessage(nsqd);
    using _owner = owner;
    await owner.send("CLS\n");
    await owner.expectResponse("CLOSE_WAIT");
    await owner.publish(topic, "not for a closing client");
    await owner.ready(10);
    await owner.touch(message.id);
    await owner.expectSilence(150);
    await owner.finish(message.id);
    await owner.expectAlive();
    const { depth, in_flight_count, clients } = await nsqd.channel(topic, "ch");
    equal(depth, 1);
    equal(in_flight_count, 0);
    equal(clients?.[0]?.["ready_count"], 0);
    equal(clients?.[0]?.["state"], 4);
    await owner.send("CLS\n");
    await owner.expectFatalError("E_INVALID cannot CLS in current state");
  });

  test("SUB and IDENTIFY are refused to a closing client", async (nsqd) => {
    for (const command of ["SUB", "IDENTIFY"]) {
      using client = await Client.connect(nsqd.tcpPort);
      await client.subscribe(topicName(), "ch");
      await client.send("CLS\n");
      await client.expectResponse("CLOSE_WAIT");
      await client.send(`${command} t ch\n`);
      await client.expectFatalError(`E_INVALID cannot ${command} in current state`);
    }
  });
});

/** A client that holds one message; its id contains `idPattern`. */
async function ownerOfMessage(nsqd: Nsqd, idPattern = /./) {
  const owner = await Client.connect(nsqd.tcpPort);
  const topic = topicName();
  await owner.subscribe(topic, "ch", 1);
  for (;;) {
    await owner.publish(topic, "owned");
    const message = await owner.nextMessage();
    if (idPattern.test(message.id)) return { owner, message, topic };
    await owner.finish(message.id);
  }
}
