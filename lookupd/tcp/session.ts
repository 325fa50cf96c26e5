import { formatDuration } from "../../lib/go/duration.ts";
import { toJson } from "../../lib/http/json.ts";
import type { Logger } from "../../lib/log/logger.ts";
import { NSQ_VERSION } from "../../lib/version.ts";
import { ErrorCode, FatalClientError } from "../../lib/wire/errors.ts";
import { isValidName } from "../../lib/wire/names.ts";
import { OK } from "../../lib/wire/protocol.ts";
import type { Clock } from "../clock.ts";
import type { Counters } from "../counters.ts";
import type { LookupdOptions } from "../option_table.ts";
import { Peer } from "../registry/model.ts";
import { CLIENT, type Registration, type Registry } from "../registry/registry.ts";
import { badBody, parsePeerInfo } from "./identify.ts";

/** More than any nsqd says of itself. (The reference takes whatever is announced.) */
const MAX_IDENTIFY_BYTES = 64 * 1024;

/** What all sessions share. */
export interface SessionContext {
  readonly options: LookupdOptions;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly clock: Clock;
  /** Told of each command that exists. */
  readonly commands: Counters;
  /** The ports really listened on. */
  readonly tcpPort: () => number;
  readonly httpPort: () => number;
}

/** What a command's body is read with: null when the connection ends before `count` bytes. */
export type ReadBody = (count: number) => Promise<Uint8Array | null>;

const COMMANDS: ReadonlySet<string> = new Set(["PING", "IDENTIFY", "REGISTER", "UNREGISTER"]);

const encoder = new TextEncoder();

/** What one connection has said so far, and how its commands are carried out: no sockets. */
export class Session {
  #peer: Peer | null = null;

  /** @param name `host:port` of the other end */
  constructor(readonly name: string, readonly context: SessionContext) {}

  /**
   * Carries out one command.
   *
   * @param line without newline, one character per byte
   * @returns the answer's data
   * @throws FatalClientError for what the client is told before the connection ends
   */
  async execute(line: string, readBody: ReadBody): Promise<Uint8Array> {
    const [command = "", ...params] = trimSpace(line).split(" ");
    if (!COMMANDS.has(command)) throw invalid(`invalid command ${command}`);
    this.context.commands.count(command);
    if (command === "PING") return this.#ping();
    if (command === "IDENTIFY") return await this.#identify(readBody);
    return command === "REGISTER" ? this.#register(params) : this.#unregister(params);
  }

  /** The connection has ended: what it has registered ends with it. */
  end(): void {
    if (this.#peer === null) return;
    this.#log("UNREGISTER", this.context.registry.removePeer(this.#peer));
    this.#peer = null;
  }

  /** May come before IDENTIFY. */
  #ping(): Uint8Array {
    if (this.#peer !== null) {
      const { logger, clock } = this.context;
      const nowMs = clock.monotonicMs();
      const since = formatDuration(nowMs - this.#peer.heardOfMs);
      logger.info(`CLIENT(${this.name}): pinged (last ping ${since})`);
      this.#peer.heardOfMs = nowMs;
    }
    return encoder.encode(OK);
  }

  async #identify(readBody: ReadBody): Promise<Uint8Array> {
    const { clock, logger, registry } = this.context;
    if (this.#peer !== null) throw invalid("cannot IDENTIFY again");
    const info = parsePeerInfo(await readSizedBody(readBody), this.name);
    this.#peer = new Peer(info, clock.monotonicMs());
    const { broadcast_address, tcp_port, http_port, version } = info;
    logger.info(
      `CLIENT(${this.name}): IDENTIFY Address:${broadcast_address} TCP:${tcp_port} HTTP:${http_port} Version:${version}`,
    );
    registry.addPeer(this.#peer);
    this.#log("REGISTER", [CLIENT]);
    return encoder.encode(toJson({
      broadcast_address: this.context.options.broadcastAddress,
      hostname: Deno.hostname(),
      http_port: this.context.httpPort(),
      tcp_port: this.context.tcpPort(),
      version: NSQ_VERSION,
    }));
  }

  #register(params: string[]): Uint8Array {
    const peer = this.#identified();
    const { topic, channel } = topicAndChannel("REGISTER", params);
    this.#log("REGISTER", this.context.registry.register(peer, topic, channel));
    return encoder.encode(OK);
  }

  #unregister(params: string[]): Uint8Array {
    const peer = this.#identified();
    const { registry, logger } = this.context;
    const { topic, channel } = topicAndChannel("UNREGISTER", params);
    if (channel !== "") {
      this.#log("UNREGISTER", registry.unregisterChannel(peer, topic, channel));
      return encoder.encode(OK);
    }
    const removed = registry.unregisterTopic(peer, topic);
    // An nsqd takes back the channels first.
    for (const left of removed.filter(({ category }) => category === "channel")) {
      logger.warn(`client(${this.name}) unexpected UNREGISTER ${describe(left)}`);
    }
    this.#log("UNREGISTER", removed.filter(({ category }) => category === "topic"));
    return encoder.encode(OK);
  }

  #identified(): Peer {
    if (this.#peer === null) throw invalid("client must IDENTIFY");
    return this.#peer;
  }

  #log(verb: "REGISTER" | "UNREGISTER", registrations: readonly Registration[]): void {
    for (const registration of registrations) {
      this.context.logger.info(`DB: client(${this.name}) ${verb} ${describe(registration)}`);
    }
  }
}

/** @throws FatalClientError E_BAD_BODY */
async function readSizedBody(readBody: ReadBody): Promise<Uint8Array> {
  const head = await readBody(4);
  if (head === null) throw badBody("failed to read body size");
  const size = new DataView(head.buffer, head.byteOffset).getInt32(0);
  if (size < 0) throw badBody(`invalid body size ${size}`);
  if (size > MAX_IDENTIFY_BYTES) throw badBody(`body too big ${size} > ${MAX_IDENTIFY_BYTES}`);
  return await readBody(size) ?? badBodyEnd();
}

function badBodyEnd(): never {
  throw badBody("failed to read body");
}

/** @throws FatalClientError E_INVALID, E_BAD_TOPIC or E_BAD_CHANNEL */
function topicAndChannel(
  command: string,
  [topic, channel = ""]: string[],
): { topic: string; channel: string } {
  if (topic === undefined) throw invalid(`${command} insufficient number of params`);
  if (!isValidName(topic)) {
    throw new FatalClientError(
      ErrorCode.BadTopic,
      `${command} topic name '${topic}' is not valid`,
    );
  }
  if (channel !== "" && !isValidName(channel)) {
    throw new FatalClientError(
      ErrorCode.BadChannel,
      `${command} channel name '${channel}' is not valid`,
    );
  }
  return { topic, channel };
}

function invalid(text: string): FatalClientError {
  return new FatalClientError(ErrorCode.Invalid, text);
}

function describe({ category, key, subkey }: Registration): string {
  return `category:${category} key:${key} subkey:${subkey}`;
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

/** Without the white space of ASCII at both ends. A regular expression for it takes time by the square of a client's line. */
function trimSpace(text: string): string {
  let start = 0, end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}
