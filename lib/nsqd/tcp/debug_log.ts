/**
 * What the log says of a connection at level `debug`, in the reference's lines: each command, each message written, and how many more may
 * come. Nothing here is called at another level.
 */
import type { Subscription } from "../../broker/subscription.ts";
import type { Logger } from "../../log/logger.ts";
import { FrameType, MESSAGE_ID_BYTES } from "../../wire/protocol.ts";
import { BODY_OFFSET, ID_OFFSET, recordEnd, TYPE_OFFSET } from "../../wire/record.ts";
import type { CommandLine } from "./commands/line.ts";

/** Digits that the reference's figures are padded to. */
const FIGURE_WIDTH = 4;

const decoder = new TextDecoder();

/** A command, as it was read and before it is carried out. */
export function logCommand(logger: Logger, client: string, line: CommandLine): void {
  const text = decoder.decode(line.bytes.subarray(line.start(0), line.end(line.count - 1)));
  logger.debug(`PROTOCOL(V2): [${client}] [${text}]`);
}

/** How many messages a consumer is ready for, and how many it has. */
export function logReadiness(logger: Logger, client: string, subscription: Subscription): void {
  const { ready_count, in_flight_count } = subscription.stats();
  const [ready, inFlight] = [ready_count, in_flight_count]
    .map((count) => String(count).padStart(FIGURE_WIDTH));
  logger.debug(`[${client}] state rdy: ${ready} inflt: ${inFlight}`);
}

/** The messages among the whole frames of `output`, which is about to be written. */
export function logDeliveries(logger: Logger, client: string, output: Uint8Array): void {
  const view = new DataView(output.buffer, output.byteOffset, output.length);
  for (let at = 0, end: number; at < output.length; at = end) {
    end = recordEnd(view, at);
    if (view.getUint32(at + TYPE_OFFSET) !== FrameType.Message) continue;
    const id = decoder.decode(output.subarray(at + ID_OFFSET, at + ID_OFFSET + MESSAGE_ID_BYTES));
    const body = decoder.decode(output.subarray(at + BODY_OFFSET, end));
    logger.debug(`PROTOCOL(V2): writing msg(${id}) to client(${client}) - ${body}`);
  }
}
