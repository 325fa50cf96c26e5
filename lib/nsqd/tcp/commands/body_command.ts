import type { InputBuffer } from "../../../wire/input_buffer.ts";
import type { FatalClientError } from "../../../wire/errors.ts";
import type { Client, PublishedTopic } from "../client.ts";
import type { CommandLine } from "./line.ts";

/** Bytes of the size that stands before every body. */
export const BODY_SIZE_BYTES = 4;

/** A command that came with a body which may not be there yet. */
export interface PendingCommand {
  /** Once a PUB was carried out: where it went, as the next one most likely goes there too. */
  readonly publishedTo?: PublishedTopic | null;
  /**
   * Once the command was carried out: what takes time and must be over before anything else is read from the connection, such as
   * an upgrade to TLS or a question to an authorization server. A ClientError it throws is the client's answer.
   */
  continuation?: (() => Promise<void>) | null;
  /** Checks the body's size, as soon as that is known. @throws FatalClientError */
  checkSize(size: number): void;
  /**
   * Carries the command out if the body, which begins at `input.start`, is all there.
   * @param size the body's size as announced
   * @returns the body's bytes; -1 if some are missing
   * @throws ClientError
   */
  run(input: InputBuffer, size: number): number;
  /** The error for a connection that ended before the body. @param size -1 if not even that was there */
  truncated(available: number, size: number): FatalClientError;
}

/** Begins a command that has a body: checks what stands in its line. @throws FatalClientError */
export type BodyCommand = (client: Client, line: CommandLine) => PendingCommand;
