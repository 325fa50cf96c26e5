/** How a message is printed. */

import type { Message } from "../../client/mod.ts";
import type { OutputBuffer } from "../../wire/output_buffer.ts";

/** Adds a message of a topic to the output, with a newline at its end. */
export type Format = (output: OutputBuffer, message: Message) => void;

const NEWLINE = 0x0a;
const encoder = new TextEncoder();
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The body as it is, with `prefix` in front. */
export function plainFormat(prefix: string): Format {
  const start = encoder.encode(prefix);
  return (output, { body }) => {
    const length = start.length + body.length + 1;
    let at = output.reserve(length);
    if (start.length > 0) output.bytes.set(start, at);
    output.bytes.set(body, at += start.length);
    output.bytes[at + body.length] = NEWLINE;
    output.length += length;
  };
}

/** A JSON object in one line. */
export function jsonFormat(topic: string): Format {
  return (output, message) => {
    const { id, timestampNs, attempts, body } = message;
    const text = textOf(body);
    const content = text === undefined
      ? `"body_base64":"${body.toBase64()}"`
      : `"body":${JSON.stringify(text)}`;
    // By hand, as JSON.stringify writes no bigint.
    const line = encoder.encode(
      `{"topic":${JSON.stringify(topic)},"id":"${id}","timestamp":${timestampNs},` +
        `"attempts":${attempts},${content}}\n`,
    );
    const at = output.reserve(line.length);
    output.bytes.set(line, at);
    output.length += line.length;
  };
}

/** undefined when it is not UTF-8. */
function textOf(body: Uint8Array): string | undefined {
  try {
    return utf8.decode(body);
  } catch {
    return undefined; // the caller has another form for it
  }
}
