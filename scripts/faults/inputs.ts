/** Inputs for `mutate`: sessions of valid commands, and what can be done to them. */
import { type Chunk, concat, int32, MAGIC, messageBatch, sized } from "../../tests/harness/mod.ts";
import type { Random } from "./random.ts";

/** Longer than any line that a broker has to accept. */
const OVERLONG_LINE_BYTES = 20_000;
const LARGEST_BODY_BYTES = 3_000;

/** One command of a session. */
interface Piece {
  bytes: Uint8Array<ArrayBuffer>;
  /** Where its size fields are. */
  sizeFieldOffsets: number[];
}

/** A session of valid commands, then harmed in up to three ways; sometimes nothing but noise. */
export function mutatedInput(random: Random): Uint8Array<ArrayBuffer> {
  if (random.chance(0.05)) return random.bytes(random.between(1, 500));
  const pieces = [piece(random.chance(0.02) ? "  V1" : MAGIC)];
  const commandCount = random.between(1, 8);
  for (let made = 0; made < commandCount; made++) pieces.push(random.pick(COMMANDS)(random));
  const harms = random.between(1, 3);
  for (let done = 0; done < harms; done++) random.pick(PIECE_HARMS)(pieces, random);
  const bytes = concat(...pieces.map((each) => each.bytes));
  return random.chance(0.5) ? random.pick(BYTE_HARMS)(bytes, random) : bytes;
}

function piece(...chunks: Chunk[]): Piece {
  return { bytes: concat(...chunks), sizeFieldOffsets: [] };
}

/** A command line, then a body with its size in front. */
function withBody(line: string, body: Chunk): Piece {
  return { bytes: concat(line, sized(body)), sizeFieldOffsets: [concat(line).length] };
}

const topicOf = (random: Random) => random.pick(["mutate_a", "mutate_b", "mutate_c#ephemeral"]);
const channelOf = (random: Random) => random.pick(["ch", "other", "gone#ephemeral"]);
const idOf = (random: Random) => random.bytes(8).toHex();
const bodyOf = (random: Random) => random.bytes(random.between(1, LARGEST_BODY_BYTES));

const COMMANDS: readonly ((random: Random) => Piece)[] = [
  (random) => {
    const data = {
      client_id: "mutant",
      feature_negotiation: random.chance(0.8),
      heartbeat_interval: random.pick([-1, 1000, 30_000, 0, 1]),
      output_buffer_size: random.pick([-1, 64, 16_384, 1]),
      sample_rate: random.pick([0, 1, 50, 99, 100]),
      msg_timeout: random.pick([0, 1000, 60_000]),
    };
    return withBody("IDENTIFY\n", JSON.stringify(data));
  },
  (random) => piece(`SUB ${topicOf(random)} ${channelOf(random)}\n`),
  (random) => withBody(`PUB ${topicOf(random)}\n`, bodyOf(random)),
  mpub,
  (random) => withBody(`DPUB ${topicOf(random)} ${random.below(5_000)}\n`, bodyOf(random)),
  (random) => piece(`RDY ${random.pick([0, 1, 10, 2500, 2501])}\n`),
  (random) => piece(`FIN ${idOf(random)}\n`),
  (random) => piece(`REQ ${idOf(random)} ${random.below(2_000)}\n`),
  (random) => piece(`TOUCH ${idOf(random)}\n`),
  () => piece("NOP\n"),
  () => piece("CLS\n"),
  () => withBody("AUTH\n", "secret"),
];

function mpub(random: Random): Piece {
  const bodies = Array.from({ length: random.between(1, 5) }, () => bodyOf(random));
  const line = `MPUB ${topicOf(random)}\n`;
  const { bytes } = withBody(line, messageBatch(bodies));
  let offset = line.length;
  const sizeFieldOffsets = [offset, offset + 4];
  offset += 8;
  for (const body of bodies) {
    sizeFieldOffsets.push(offset);
    offset += 4 + body.length;
  }
  return { bytes, sizeFieldOffsets };
}

const PIECE_HARMS: readonly ((pieces: Piece[], random: Random) => void)[] = [
  lieAboutSize,
  lieAboutSize,
  duplicatePiece,
  swapPieces,
  removePiece,
  garblePiece,
  overlongLine,
];

function lieAboutSize(pieces: Piece[], random: Random): void {
  const candidates = pieces.filter((each) => each.sizeFieldOffsets.length > 0);
  if (candidates.length === 0) return;
  const { bytes, sizeFieldOffsets } = random.pick(candidates);
  const offset = random.pick(sizeFieldOffsets);
  const view = new DataView(bytes.buffer);
  if (offset + 4 > bytes.length) return;
  const size = view.getInt32(offset);
  const lies = [-1, 0, 1, size - 1, size + 1, 2 * size, 1_048_577, 0x7fffffff, -0x80000000];
  view.setInt32(offset, random.pick(lies));
}

function duplicatePiece(pieces: Piece[], random: Random): void {
  const at = random.below(pieces.length);
  const original = pieces[at];
  if (original !== undefined) pieces.splice(at, 0, piece(original.bytes));
}

function swapPieces(pieces: Piece[], random: Random): void {
  const at = random.below(pieces.length);
  const [taken] = pieces.splice(at, 1);
  if (taken !== undefined) pieces.splice(random.below(pieces.length + 1), 0, taken);
}

function removePiece(pieces: Piece[], random: Random): void {
  if (pieces.length > 1) pieces.splice(random.below(pieces.length), 1);
}

function garblePiece(pieces: Piece[], random: Random): void {
  pieces[random.below(pieces.length)] = piece(random.bytes(random.between(1, 100)));
}

function overlongLine(pieces: Piece[], random: Random): void {
  if (random.chance(0.5)) pieces.push(piece("PUB ", "x".repeat(OVERLONG_LINE_BYTES)));
}

const BYTE_HARMS: readonly ((
  bytes: Uint8Array<ArrayBuffer>,
  random: Random,
) => Uint8Array<ArrayBuffer>)[] = [
  (bytes, random) => bytes.subarray(0, random.below(bytes.length)),
  flipBits,
  (bytes, random) => {
    const at = random.below(bytes.length);
    return concat(bytes.subarray(0, at), random.bytes(4), bytes.subarray(at));
  },
  (bytes, random) => {
    const at = random.below(bytes.length);
    return concat(
      bytes.subarray(0, at),
      int32(random.pick([-1, 0, 0x7fffffff])),
      bytes.subarray(at),
    );
  },
];

function flipBits(bytes: Uint8Array<ArrayBuffer>, random: Random): Uint8Array<ArrayBuffer> {
  const flips = random.between(1, 8);
  for (let done = 0; done < flips; done++) {
    // Most of a session is body; its commands are the interesting part.
    const at = random.below(random.chance(0.5) ? Math.min(bytes.length, 100) : bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  }
  return bytes;
}
