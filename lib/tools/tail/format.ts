/** How a message is printed. */

import type { Message } from "../../client/mod.ts";
import { visibleBytes, visibleJson } from "../../log/visible.ts";
import type { OutputBuffer } from "../../wire/output_buffer.ts";
import { messageMembers } from "../message_json.ts";
import type { TailOptions } from "./options.ts";

/** Adds a message of a topic to the output, with a newline at its end. */
export type Format = (output: OutputBuffer, message: Message) => void;

const NEWLINE = 0x0a;
const encoder = new TextEncoder();

/** How a topic's messages are printed: raw into a pipe or file, without risk at a terminal. */
export function formatFor(
  { json, printTopic }: Pick<TailOptions, "json" | "printTopic">,
  topic: string,
  isTerminal: boolean,
): Format {
  if (json) return jsonFormat(topic, isTerminal);
  const prefix = printTopic ? `${topic} | ` : "";
  return isTerminal ? visibleFormat(prefix) : plainFormat(prefix);
}

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

/** The body for somebody who looks at it in a terminal: see {@link visibleBytes}. */
function visibleFormat(prefix: string): Format {
  return (output, { body }) => addText(output, `${prefix}${visibleBytes(body)}\n`);
}

/** A JSON object in one line. @param isForTerminal what does not show itself is escaped, too */
export function jsonFormat(topic: string, isForTerminal = false): Format {
  return (output, message) => {
    const line = `{"topic":${JSON.stringify(topic)},${messageMembers(message)}}`;
    addText(output, `${isForTerminal ? visibleJson(line) : line}\n`);
  };
}

function addText(output: OutputBuffer, text: string): void {
  const bytes = encoder.encode(text);
  const at = output.reserve(bytes.length);
  output.bytes.set(bytes, at);
  output.length += bytes.length;
}
