import { DEBUG } from "../../log/level.ts";
import { ClientError } from "../../wire/errors.ts";
import { InputBuffer } from "../../wire/input_buffer.ts";
import { MAX_LINE_BYTES, MESSAGE_ID_BYTES } from "../../wire/protocol.ts";
import type { Client, PublishedTopic } from "./client.ts";
import { BODY_SIZE_BYTES, type PendingCommand } from "./commands/body_command.ts";
import { CommandLine, invalid } from "./commands/line.ts";
import { BODY_COMMANDS, LINE_COMMANDS } from "./commands/mod.ts";
import { checkMessageSize, publish } from "./commands/publish.ts";
import { logCommand, logReadiness } from "./debug_log.ts";
import { Share } from "./shares.ts";

const LF = 0x0a;

/** Commands with their space as big-endian numbers: those that make up nearly all traffic are told apart by one comparison. */
const FIN_ = 0x46494e20;
const PUB_ = 0x50554220;
const COMMAND_WORD_BYTES = 4;

/** `FIN `, an id, and the newline. */
const FIN_LINE_BYTES = COMMAND_WORD_BYTES + MESSAGE_ID_BYTES + 1;

/** The line being carried out: one at a time, whatever the connection. */
const line = new CommandLine();

/** A line without newline that is longer than any may be. The connection closes without an answer, as nsqd's does. */
export class LineTooLongError extends Error {
  override readonly name = "LineTooLongError";
  override readonly message = "failed to read command - bufio: buffer full";
}

/** Cuts what a connection receives into commands and carries them out. */
export class Parser {
  readonly input = new InputBuffer();

  /** How much is carried out at a time. */
  readonly share: Share;

  readonly #client: Client;
  /** The command whose body is awaited. */
  #pending: PendingCommand | null = null;
  /** The size of that body; -1 before it is known. */
  #bodySize = -1;
  /** There is no need to look before this many bytes are there. */
  #neededBytes = 0;
  /** How much of an incomplete line has been searched for its newline. */
  #searched = 0;
  /** What the last command has left to do: nothing more is parsed before that is done. */
  #continuation: (() => Promise<void>) | null = null;
  /** The topic of the last PUB: the next one is most likely for it too. */
  #lastPublished: PublishedTopic | null = null;

  constructor(client: Client) {
    this.#client = client;
    this.share = new Share(client.context.broker.clock);
  }

  /**
   * Carries out what has been received completely, as far as the share goes.
   * @param onError gets what a command throws; the next one is read if it returns true
   * @throws LineTooLongError
   */
  parse(onError: (error: ClientError) => boolean): void {
    const share = this.share, { start, end } = this.input;
    if (end - start < this.#neededBytes || !share.begin(end - start)) return;
    const isVerbose = this.#client.context.logger.enabled(DEBUG);
    for (;;) {
      try {
        if (isVerbose) { while (this.#nextLogged()) if (!share.goesOn()) return; }
        else while (this.#next()) if (!share.goesOn()) return;
        return share.end();
      } catch (error) {
        if (!(error instanceof ClientError)) throw error;
        if (!onError(error) || !share.goesOn()) return;
      }
    }
  }

  /** Whether something must be done, or waited for, before {@link parse} is called again. */
  get isWaiting(): boolean {
    return this.#continuation !== null || this.share.isSpent;
  }

  /** Hands out what must be done before {@link parse} is called again; null if there is nothing. */
  takeContinuation(): (() => Promise<void>) | null {
    const continuation = this.#continuation;
    this.#continuation = null;
    return continuation;
  }

  /** The error for a command that was cut off by the connection's end; null if there is none. */
  truncated(): ClientError | null {
    return this.#pending?.truncated(this.input.end - this.input.start, this.#bodySize) ?? null;
  }

  /** Carries out one command, or a part of it. False if more input is needed. */
  #next(): boolean {
    const { input } = this;
    if (this.#pending !== null) return this.#continue(this.#pending);
    const { start } = input;
    const available = input.end - start;
    if (available >= FIN_LINE_BYTES) {
      const word = input.view.getInt32(start);
      if (word === FIN_) {
        const { subscription } = this.#client;
        const isLine = input.bytes[start + FIN_LINE_BYTES - 1] === LF;
        // An id that it does not know may be none: then the line ends elsewhere.
        if (isLine && subscription?.finishQuickly(input.view, start + COMMAND_WORD_BYTES)) {
          input.start += FIN_LINE_BYTES;
          this.#searched = 0;
          return true;
        }
      } else if (word === PUB_ && this.#lastPublished !== null) {
        const body = this.#afterTopicName(this.#lastPublished, start + COMMAND_WORD_BYTES);
        if (body > 0) return this.#publishAgain(this.#lastPublished, body);
      }
    }
    return this.#readLine(start, available) && this.#carryOut();
  }

  /** As {@link #next}, with each command in the log, and so without the short cuts that look at no line. */
  #nextLogged(): boolean {
    const { input } = this, client = this.#client, { logger } = client.context;
    this.#neededBytes = 0; // of a PUB that began when commands were not logged
    if (this.#pending !== null) return this.#continue(this.#pending);
    if (!this.#readLine(input.start, input.end - input.start)) return false;
    logCommand(logger, client.name, line);
    const goesOn = this.#carryOut();
    if (client.subscription !== null) logReadiness(logger, client.name, client.subscription);
    return goesOn;
  }

  /** Where the line ends if the topic's name stands at `at`; 0 if another does, or is incomplete. */
  #afterTopicName({ nameBytes, topic }: PublishedTopic, at: number): number {
    const { bytes, end } = this.input;
    const { length } = nameBytes;
    if (end - at < length + 1 + BODY_SIZE_BYTES || topic.refusesClients) return 0;
    for (let i = 0; i < length; i++) if (bytes[at + i] !== nameBytes[i]) return 0;
    return bytes[at + length] === LF ? at + length + 1 : 0;
  }

  /** PUB to the same topic as the last one. @param at where the body's size stands */
  #publishAgain(to: PublishedTopic, at: number): boolean {
    const { input } = this;
    const size = input.view.getInt32(at);
    checkMessageSize("PUB", size, this.#client.context.options.maxMsgSizeBytes);
    const bodyStart = at + BODY_SIZE_BYTES;
    if (input.end - bodyStart < size) {
      this.#neededBytes = bodyStart + size - input.start;
      return false;
    }
    input.start = bodyStart + size;
    this.#neededBytes = this.#searched = 0;
    publish(this.#client, to, input.bytes, bodyStart, bodyStart + size);
    return true;
  }

  /** Takes a line from the input. False if it is not all there. @throws LineTooLongError */
  #readLine(start: number, available: number): boolean {
    const { input } = this;
    const { bytes } = input;
    const limit = start + Math.min(available, MAX_LINE_BYTES);
    let lf = start + this.#searched;
    while (lf < limit && bytes[lf] !== LF) lf++;
    if (lf === limit) {
      if (available >= MAX_LINE_BYTES) throw new LineTooLongError();
      this.#searched = available;
      return false;
    }
    this.#searched = 0;
    line.set(bytes, start, lf);
    input.start = lf + 1;
    return true;
  }

  /** Carries out the line that was read, or begins to. False if more must come, or be done, first. */
  #carryOut(): boolean {
    const name = line.text(0);
    if (this.#client.tlsRequired && name !== "IDENTIFY") {
      throw invalid(`cannot ${name} in current state (TLS required)`);
    }
    const lineCommand = LINE_COMMANDS.get(name);
    if (lineCommand !== undefined) {
      const continuation = lineCommand(this.#client, line);
      if (continuation === undefined) return true;
      this.#continuation = continuation;
      return false;
    }
    const bodyCommand = BODY_COMMANDS.get(name);
    if (bodyCommand === undefined) throw invalid(`invalid command ${name}`);
    this.#bodySize = -1;
    this.#pending = bodyCommand(this.#client, line);
    return true;
  }

  /** Goes on with a command whose line has been read. */
  #continue(pending: PendingCommand): boolean {
    const { input } = this;
    if (this.#bodySize < 0) {
      if (input.end - input.start < BODY_SIZE_BYTES) return false;
      const size = input.view.getInt32(input.start);
      input.start += BODY_SIZE_BYTES;
      pending.checkSize(size);
      this.#bodySize = size;
    }
    const taken = pending.run(input, this.#bodySize);
    if (taken < 0) return false;
    input.start += taken;
    this.share.count(taken);
    this.#pending = null;
    if (pending.publishedTo) this.#lastPublished = pending.publishedTo;
    if (!pending.continuation) return true;
    this.#continuation = pending.continuation;
    return false;
  }
}
