/**
 * The files of an nsqd data directory, written and read from the description of their format:
 *
 * - `NAME.diskqueue.000000.dat` records: size (int32, big-endian), then the message
 * - `NAME.diskqueue.meta.dat` text: depth, then file number and position of the reader, then of the writer
 * - `nsqd.dat` JSON: topics, their channels, and which are paused
 *
 * NAME is the topic, or `TOPIC:CHANNEL`.
 */
import { decodeMessage, encodeMessage, type Message, sized } from "./wire.ts";
import { concat } from "./wire.ts";

/** Bytes that a record takes beyond the body: size, timestamp, attempts, id. */
export const RECORD_OVERHEAD_BYTES = 4 + 8 + 2 + 16;

/** Owner reads and writes; nobody else does anything. */
export const PRIVATE_FILE_MODE = 0o600;

/** What the meta file of a disk queue says. */
export interface QueueMeta {
  depth: number;
  readFile: number;
  readPosition: number;
  writeFile: number;
  writePosition: number;
}

/** A temporary directory that is removed at the end of its scope. */
export class TemporaryDirectory {
  readonly path: string = Deno.makeTempDirSync({ prefix: "nsqd-test-" });

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }

  /** Names of the files in it, sorted. */
  names(): string[] {
    return Array.from(Deno.readDirSync(this.path), (entry) => entry.name).sort();
  }

  read(name: string): Uint8Array {
    return Deno.readFileSync(`${this.path}/${name}`);
  }

  readText(name: string): string {
    return Deno.readTextFileSync(`${this.path}/${name}`);
  }

  write(name: string, content: Uint8Array | string): void {
    const path = `${this.path}/${name}`;
    const options = { mode: PRIVATE_FILE_MODE };
    if (typeof content === "string") Deno.writeTextFileSync(path, content, options);
    else Deno.writeFileSync(path, content, options);
  }

  /** Permission bits of a file. */
  mode(name: string): number {
    return (Deno.statSync(`${this.path}/${name}`).mode ?? 0) & 0o777;
  }
}

/** Name of a disk queue's data file. */
export function dataFileName(queue: string, number: number): string {
  return `${queue}.diskqueue.${String(number).padStart(6, "0")}.dat`;
}

/** Name of a disk queue's meta file. */
export function metaFileName(queue: string): string {
  return `${queue}.diskqueue.meta.dat`;
}

/** The bytes of a meta file. */
export function encodeMeta(meta: QueueMeta): string {
  const { depth, readFile, readPosition, writeFile, writePosition } = meta;
  return `${depth}\n${readFile},${readPosition}\n${writeFile},${writePosition}\n`;
}

/** The bytes of a data file that holds these messages. */
export function encodeRecords(messages: readonly Message[]): Uint8Array<ArrayBuffer> {
  return concat(...messages.map((message) => sized(encodeMessage(message))));
}

/** The messages in a data file. @throws {RangeError} when its end is not the end of a record. */
export function decodeRecords(bytes: Uint8Array): Message[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const messages: Message[] = [];
  for (let position = 0; position < bytes.length;) {
    const end = position + 4 + view.getInt32(position);
    if (end > bytes.length) throw new RangeError(`record at ${position} ends at ${end}`);
    messages.push(decodeMessage(bytes.subarray(position + 4, end)));
    position = end;
  }
  return messages;
}

/** The bytes of an `nsqd.dat` in which these channels exist and nothing is paused. */
export function encodeMetadata(channelsOfTopic: Record<string, readonly string[]>): string {
  const topics = Object.entries(channelsOfTopic).map(([name, channels]) => ({
    name,
    paused: false,
    channels: channels.map((channel) => ({ name: channel, paused: false })),
  }));
  return JSON.stringify({ topics, version: "1.3.0" });
}

/** A message as an earlier process could have stored it: `number` makes its id, body and timestamp. */
export function storedMessage(number: number, attempts = 0): Message {
  return {
    timestampNs: 1_700_000_000_000_000_000n + BigInt(number),
    attempts,
    id: `0e1f2a3b4c5d${String(number).padStart(4, "0")}`,
    body: `stored ${number}`,
  };
}
