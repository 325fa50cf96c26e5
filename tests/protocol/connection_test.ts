/** What is not a command of its own: the opening bytes, line ends, unknown commands, AUTH, and ways to break off. */
import { equal } from "../harness/assert.ts";
import { type Chunk, Client, concat, int32, nsqdSuite, sized, topicName } from "../harness/mod.ts";

/** The longest command line, its line end included. */
const MAX_LINE_BYTES = 16 * 1024;

nsqdSuite(["--max-body-size=2048"], (test) => {
  for (const magic of ["  V1", "V2  ", "GET ", "\0\0\0\0", "\xff\xff\xff"]) {
    test(`magic ${JSON.stringify(magic)} is refused`, async (nsqd) => {
      using client = await Client.connect(nsqd.tcpPort, { magic });
      await client.expectFatalError("E_BAD_PROTOCOL");
    });
  }

  test("magic that stops half way ends in silence", async (nsqd) => {
    for (const magic of ["", " ", "  V"]) {
      using client = await Client.connect(nsqd.tcpPort, { magic });
      await client.closeWrite();
      await client.expectClosed();
    }
  });

  test("connections that only open and close leave nothing behind", async (nsqd) => {
    for (let i = 0; i < 20; i++) {
      using _client = await Client.connect(nsqd.tcpPort, { magic: i % 2 === 0 ? "" : "  V2" });
    }
    using other = await Client.connect(nsqd.tcpPort);
    await other.expectAlive();
  });

  test("NOP is answered by nothing", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    await client.send("NOP\nNOP\r\nNOP with parameters\n");
    await client.expectAlive();
  });

  const UNKNOWN: [sent: string, shown: string][] = [
    ["PING", "PING"],
    ["pub t", "pub"],
    ["", ""],
    [" PUB t", ""],
    ["PUBX t", "PUBX"],
    ["FINE 0123456789abcdef", "FINE"],
    ["GET / HTTP/1.1", "GET"],
    ["gr\u00fc\u00df", "gr\u00fc\u00df"],
  ];
  for (const [sent, shown] of UNKNOWN) {
    for (const lineEnd of ["\n", "\r\n"]) {
      test(`command ${JSON.stringify(sent + lineEnd)} is refused as unknown`, async (nsqd) => {
        using client = await Client.connect(nsqd.tcpPort);
        await client.send(sent, lineEnd);
        await client.expectFatalError(`E_INVALID invalid command ${shown}`);
      });
    }
  }

  test("one carriage return is taken from the line end, not two", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    await client.send("NOP\r\r\n");
    await client.expectFatalError("E_INVALID invalid command NOP\r");
  });

  test("a line of the longest length is read", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    const line = "X".repeat(MAX_LINE_BYTES - 1);
    await client.send(line, "\n");
    await client.expectFatalError(`E_INVALID invalid command ${line}`);
  });

  test("a longer line ends the connection without an answer", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    await client.send("X".repeat(MAX_LINE_BYTES));
    await client.expectClosed();
  });

  test("a longer line after other commands ends the connection all the same", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    await client.expectAlive();
    await client.send("NOP\n", "PUB ", "X".repeat(2 * MAX_LINE_BYTES));
    await client.expectClosed();
  });

  test("a command without its line end is dropped when the client goes", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    const topic = topicName();
    await client.send(`PUB ${topic}\n`, sized("whole"), `SUB ${topic} ch`);
    await client.closeWrite();
    await client.expectResponse("OK");
    await client.expectClosed();
    equal((await nsqd.topic(topic)).channels.length, 0);
  });

  test("a half-closed client is answered before the connection ends", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    await client.send(`PUB ${topicName()}\n`, sized("last words"));
    await client.closeWrite();
    await client.expectResponse("OK");
    await client.expectClosed();
  });

  test("a connection that vanishes in a body stores nothing", async (nsqd) => {
    const topic = topicName();
    using witness = await Client.connect(nsqd.tcpPort);
    await witness.publish(topic, "stored");
    {
      using client = await Client.connect(nsqd.tcpPort);
      await client.send(`PUB ${topic}\n`, int32(100), "only a part");
    }
    await witness.expectAlive();
    equal((await nsqd.topic(topic)).message_count, 1);
  });

  test("AUTH is answered as disabled when there is no auth server", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    await client.send("AUTH\n", sized("secret"));
    await client.expectFatalError("E_AUTH_DISABLED AUTH disabled");
  });

  const AUTH_REFUSED: [name: string, sent: Chunk, error: string][] = [
    ["with a parameter", "AUTH secret\n", "E_INVALID AUTH invalid number of parameters"],
    ["with size 0", concat("AUTH\n", int32(0)), "E_BAD_BODY AUTH invalid body size 0"],
    ["with a negative size", concat("AUTH\n", int32(-1)), "E_BAD_BODY AUTH invalid body size -1"],
    [
      "with a size over the limit",
      concat("AUTH\n", int32(2049)),
      "E_BAD_BODY AUTH body too big 2049 > 2048",
    ],
  ];
  for (const [name, sent, error] of AUTH_REFUSED) {
    test(`AUTH ${name} is refused`, async (nsqd) => {
      using client = await Client.connect(nsqd.tcpPort);
      await client.send(sent);
      await client.expectFatalError(error);
    });
  }

  test("AUTH cut short is reported", async (nsqd) => {
    for (
      const [sent, error] of [
        ["\0\0", "AUTH failed to read body size"],
        [concat(int32(3), "ab"), "AUTH failed to read body"],
      ] as const
    ) {
      using client = await Client.connect(nsqd.tcpPort);
      await client.send("AUTH\n", sent);
      await client.closeWrite();
      await client.expectFatalError(`E_BAD_BODY ${error}`);
    }
  });
});
