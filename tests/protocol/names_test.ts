/** Names of topics and channels: which are valid, and how a refused one is quoted in the answer. */
import { equal } from "../harness/assert.ts";
import { type Chunk, Client, concat, nsqdSuite, sized, topicName } from "../harness/mod.ts";

const LONGEST_NAME = "n".repeat(64);

const VALID = [
  "a",
  "A-Z_a-z.0-9",
  ".",
  LONGEST_NAME,
  "e#ephemeral",
  `${"n".repeat(54)}#ephemeral`,
];

/** Refused names, as sent, and as quoted in the answer: Go's quoting, which clients' logs show. */
const INVALID: [sent: Chunk, quoted: string][] = [
  ["", '""'],
  ["bad!", '"bad!"'],
  ["#ephemeral", '"#ephemeral"'],
  ["a#other", '"a#other"'],
  ["a#ephemeral2", '"a#ephemeral2"'],
  ["a*b", '"a*b"'],
  ["a:b", '"a:b"'],
  ["../x", '"../x"'],
  [LONGEST_NAME + "n", `"${LONGEST_NAME}n"`],
  ['q"q\\q', '"q\\"q\\\\q"'],
  ["tab\there", '"tab\\there"'],
  ["\x07\b\f\v", '"\\a\\b\\f\\v"'],
  ["cr\rmiddle", '"cr\\rmiddle"'],
  ["nul\0esc\x1bdel\x7f", '"nul\\x00esc\\x1bdel\\x7f"'],
  ["gr\u00fc\u00dfe", '"gr\u00fc\u00dfe"'],
  ["\u65e5\u672c", '"\u65e5\u672c"'],
  ["\u{1f600}", '"\u{1f600}"'],
  ["\u00a0\u200b\u2028", '"\\u00a0\\u200b\\u2028"'],
  ["\ue000\u{10ffff}", '"\\ue000\\U0010ffff"'],
  [Uint8Array.of(0x61, 0xff, 0xc3, 0x62), '"a\\xff\\xc3b"'],
  [Uint8Array.of(0xed, 0xa0, 0x80), '"\\xed\\xa0\\x80"'],
  ["\ufffd", '"\ufffd"'],
];

nsqdSuite([], (test) => {
  for (const name of VALID) {
    test(`PUB and SUB accept the name ${name}`, async (nsqd) => {
      using client = await Client.connect(nsqd.tcpPort);
      await client.publish(name, "body");
      await client.subscribe(name, name);
      equal((await nsqd.channel(name, name)).client_count, 1);
    });
  }

  for (const [sent, quoted] of INVALID) {
    test(`PUB, MPUB, DPUB and SUB refuse the name ${quoted}`, async (nsqd) => {
      const refused: [line: Chunk, error: string][] = [
        [concat("PUB ", sent), `E_BAD_TOPIC PUB topic name ${quoted} is not valid`],
        [concat("MPUB ", sent), `E_BAD_TOPIC E_BAD_TOPIC MPUB topic name ${quoted} is not valid`],
        [concat("DPUB ", sent, " 1"), `E_BAD_TOPIC DPUB topic name ${quoted} is not valid`],
        [concat("SUB ", sent, " ch"), `E_BAD_TOPIC SUB topic name ${quoted} is not valid`],
        [
          concat(`SUB ${topicName()} `, sent),
          `E_BAD_CHANNEL SUB channel name ${quoted} is not valid`,
        ],
      ];
      for (const [line, error] of refused) {
        using client = await Client.connect(nsqd.tcpPort);
        await client.send(line, "\n");
        await client.expectFatalError(error);
      }
    });
  }

  test("SUB refuses the topic before it looks at the channel", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    await client.send("SUB bad! worse!\n");
    await client.expectFatalError('E_BAD_TOPIC SUB topic name "bad!" is not valid');
  });

  test("PUB does not create a topic with a refused name", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    await client.send("PUB bad!\n", sized("x"));
    await client.expectFatalError('E_BAD_TOPIC PUB topic name "bad!" is not valid');
    equal((await nsqd.topics("bad!")).length, 0);
  });
});
