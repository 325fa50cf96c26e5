/** A client that sends commands faster than they can be carried out: others are heard in between. */
import { deepEqual, equal } from "../harness/assert.ts";
import { type Chunk, Client, concat, MAGIC, nsqdSuite, sized, topicName } from "../harness/mod.ts";

/** Commands sent without waiting for an answer: far more than a read or a ring takes in at once. */
const COMMANDS = 60_000;

/** Each is sent when the one before has been answered: were the flood carried out a read at a time, it would be over by then. */
const ROUND_TRIPS = 10;

const ANSWER_BUFFER_BYTES = 256 * 1024;

interface Flood {
  readonly name: string;
  readonly before: Chunk;
  readonly command: Chunk;
}

/** Two that cost much: one is answered at length, the other fails. */
const FLOODS: readonly Flood[] = [
  {
    name: "IDENTIFY",
    before: "",
    command: concat("IDENTIFY\n", sized('{"feature_negotiation":true}')),
  },
  {
    name: "FIN of what is not in flight",
    before: "SUB flood c#ephemeral\n",
    command: "FIN 0123456789abcdef\n",
  },
];

for (const threads of ["0", "2"]) {
  nsqdSuite([`--io-threads=${threads}`], (test) => {
    for (const { name, before, command } of FLOODS) {
      test(`${threads} I/O threads: while one client floods with ${name}, another has its commands carried out`, async (nsqd) => {
        const topic = topicName();
        await nsqd.create(topic, "c");
        const quiet = await nsqd.http("/config/log_level", { method: "PUT", body: "fatal" });
        equal(quiet.status, 200, await quiet.text());
        using other = await Client.connect(nsqd.tcpPort);
        await other.expectAlive();
        using conn = await Deno.connect({ hostname: "127.0.0.1", port: nsqd.tcpPort });
        // The flood says in the topic when it is over: the order there is that in which the broker carried out.
        const flood = concat(
          MAGIC,
          before,
          concat(...Array<Chunk>(COMMANDS).fill(command)),
          `PUB ${topic}\n`,
          sized("the flood is over"),
        );
        const { answered, ended } = readAll(conn);
        const sent = writeAll(conn, flood);
        await answered;
        const bodies = Array.from({ length: ROUND_TRIPS }, (_, i) => `other ${i}`);
        for (const body of bodies) await other.publish(topic, body);
        await sent;
        using consumer = await Client.connect(nsqd.tcpPort);
        await consumer.subscribe(topic, "c", 1);
        const messages = await consumer.consume(ROUND_TRIPS + 1);
        deepEqual(messages.map(({ body }) => body), [...bodies, "the flood is over"]);
        conn.close();
        await ended;
      });
    }
  });
}

async function writeAll(conn: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await conn.write(rest));
}

/** Reads answers and throws them away, until the connection is closed. `answered` resolves with the first of them. */
function readAll(conn: Deno.TcpConn): { answered: Promise<void>; ended: Promise<void> } {
  const answered = Promise.withResolvers<void>();
  const read = async () => {
    const buffer = new Uint8Array(ANSWER_BUFFER_BYTES);
    while (await conn.read(buffer) !== null) answered.resolve();
  };
  const ended = read().catch((error) => {
    if (!(error instanceof Deno.errors.Interrupted || error instanceof Deno.errors.BadResource)) {
      throw error;
    }
  });
  return { answered: answered.promise, ended };
}
