/** split: a session cut in two at every byte gets the answers that it gets whole. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import {
  type Chunk,
  Client,
  concat,
  decodeMessage,
  eventually,
  type Frame,
  FRAME_MESSAGE,
  messageBatch,
  type Nsqd,
  pause,
  sized,
  text,
} from "../../tests/harness/mod.ts";
import { type Fault, type FaultContext, startBroker } from "./fault.ts";

/** Between the two parts: long enough for the broker to read the first alone. */
const GAP_MS = 1;
const HOUR_MS = 3_600_000;

/** How the bytes of an exchange are put on the wire. */
type Cut = (bytes: Uint8Array<ArrayBuffer>, firstPosition: number) => Uint8Array<ArrayBuffer>[];

export const split: Fault = { name: "split", run };

async function run(context: FaultContext): Promise<string> {
  await using nsqd = await startBroker(context);
  const whole = await playSession(nsqd, 0, (bytes) => [bytes]);
  for (let at = 1; at < whole.bytes; at++) {
    await expectSame(nsqd, whole, `cut at byte ${at}`, at, (bytes, first) => {
      const inside = at - first;
      if (inside <= 0 || inside >= bytes.length) return [bytes];
      return [bytes.subarray(0, inside), bytes.subarray(inside)];
    });
  }
  await expectSame(
    nsqd,
    whole,
    "sent byte by byte",
    whole.bytes,
    (bytes) => Array.from(bytes, (_, index) => bytes.subarray(index, index + 1)),
  );
  return `${whole.bytes} bytes, ${whole.answers.length} answers, ${whole.bytes} ways of cutting`;
}

async function expectSame(nsqd: Nsqd, whole: Outcome, how: string, number: number, cut: Cut) {
  try {
    deepEqual(await playSession(nsqd, number, cut), whole);
  } catch (error) {
    throw new Error(`the session ${how}`, { cause: error });
  }
}

/** What a session showed, with what differs from one to the next (ids, times) left out. */
interface Outcome {
  bytes: number;
  answers: string[];
  figures: Record<string, number>;
}

async function playSession(nsqd: Nsqd, number: number, cut: Cut): Promise<Outcome> {
  const topic = `split_${String(number).padStart(5, "0")}`;
  using client = await Client.connect(nsqd.tcpPort, { magic: "" });
  const session = new Session(client, cut);
  await session.exchange(5, [
    "  V2",
    ...["IDENTIFY\n", sized(`{"client_id":"split","feature_negotiation":true}`)],
    `SUB ${topic} ch\n`,
    "NOP\n",
    ...[`PUB ${topic}\n`, sized("first")],
    ...[`MPUB ${topic}\n`, sized(messageBatch(["second", "third\n", "RDY 5\n"]))],
    ...[`DPUB ${topic} ${HOUR_MS}\n`, sized("much later")],
  ]);
  const [first] = await session.exchange(1, ["RDY 1\n"]);
  const [second] = await session.exchange(1, [`TOUCH ${first}\n`, `REQ ${first} 0\n`]);
  const [third] = await session.exchange(1, [`FIN ${second}\n`]);
  const [fourth] = await session.exchange(1, [`FIN ${third}\n`]);
  const [again] = await session.exchange(1, [`FIN ${fourth}\n`]);
  await session.exchange(2, [`FIN ${again}\n`, `FIN ${again}\n`, "NOP\n", "CLS\n"]);
  const figures = await eventually(() => settledFigures(nsqd, topic));
  await nsqd.post(`/topic/delete?topic=${topic}`);
  return { bytes: session.position, answers: session.answers, figures };
}

class Session {
  readonly answers: string[] = [];
  position = 0;
  readonly #ids: string[] = [];

  constructor(readonly client: Client, readonly cut: Cut) {}

  /** Sends, takes `count` frames, and returns the ids of the messages among them. */
  async exchange(count: number, chunks: Chunk[]): Promise<string[]> {
    const bytes = concat(...chunks);
    const [start = bytes, ...parts] = this.cut(bytes, this.position);
    this.position += bytes.length;
    await this.client.send(start);
    for (const part of parts) {
      await pause(GAP_MS);
      await this.client.send(part);
    }
    const ids: string[] = [];
    for (let taken = 0; taken < count; taken++) {
      const frame = await this.client.nextFrame();
      if (frame.type === FRAME_MESSAGE) ids.push(decodeMessage(frame.data).id);
      this.answers.push(this.#describe(frame));
    }
    return ids;
  }

  #describe(frame: Frame): string {
    if (frame.type === FRAME_MESSAGE) {
      const { id, attempts, body } = decodeMessage(frame.data);
      if (!this.#ids.includes(id)) this.#ids.push(id);
      return `message ${this.#ids.indexOf(id)}, attempt ${attempts}: ${body}`;
    }
    const known = this.#ids.findLast((id) => text(frame.data).includes(id));
    const content = text(frame.data).replace(known ?? "", known === undefined ? "" : "<id>");
    return `${frame.type}: ${content}`;
  }
}

async function settledFigures(nsqd: Nsqd, topic: string): Promise<Record<string, number>> {
  const channel = await nsqd.channel(topic, "ch");
  const { depth, in_flight_count, deferred_count, requeue_count, message_count } = channel;
  const figures = { depth, in_flight_count, deferred_count, requeue_count, message_count };
  deepEqual(figures, {
    depth: 0,
    in_flight_count: 0,
    deferred_count: 1,
    requeue_count: 1,
    message_count: 5,
  });
  return figures;
}
