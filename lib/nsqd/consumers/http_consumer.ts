import type { ConsumerSettings, ConsumerSink } from "../../broker/consumer_sink.ts";
import type { ClientStats } from "../../broker/stats.ts";
import type { Subscription } from "../../broker/subscription.ts";
import type { Flushable, Turn } from "../../broker/turn.ts";
import { MESSAGE_ID_BYTES } from "../../wire/protocol.ts";
import { ATTEMPTS_OFFSET, ID_OFFSET, oneMoreAttempt, recordEnd } from "../../wire/record.ts";
import { leasedMessageJson } from "./leased_message.ts";

/** Bytes of messages that are kept for a client that has not read them. */
const BUFFER_BYTES = 1024 * 1024;

const LEASE_BYTES = 12;

/** Who consumes over HTTP, as the statistics show it. */
export interface HttpClient {
  /** As the client calls itself; its address without one. */
  readonly clientId: string;
  readonly hostname: string;
  /** "host:port" */
  readonly remoteAddress: string;
  readonly userAgent: string;
  readonly tls: boolean;
  /** What an auth server said of it; "" without one. */
  readonly identity: string;
  readonly identityUrl: string;
  readonly isAuthed: boolean;
}

/** What hears of messages. */
export interface DeliveryListener {
  /** There are some: {@link HttpConsumer.takeBatch}. */
  onMessages(): void;
  /** The channel is gone, or the broker stops: none will come any more. */
  onEnd(): void;
}

/** Messages as they are sent: each in JSON, and its id. */
export interface Batch {
  texts: string[];
  ids: Uint8Array[];
}

/** A consumer of a channel that is not a connection: what it is given is JSON, and who has its lease answers for it. */
export class HttpConsumer implements ConsumerSink, Flushable {
  /** Whoever knows it may answer for what was delivered since it was made. */
  lease = newLease();
  subscription!: Subscription;
  /** What takes have in common that it serves; "" if it serves none. */
  key = "";
  /** Null while nobody waits for messages. */
  listener: DeliveryListener | null = null;
  /** When it was last used, as of performance.now. */
  lastUsedMs = performance.now();
  /** Whether its channel is gone. */
  ended = false;
  readonly #connectedUnixMs = Date.now();
  readonly #turn: Turn;
  #batch: Batch = { texts: [], ids: [] };
  #bufferedBytes = 0;
  #wanted = 0;
  #isFlushing = false;

  constructor(
    turn: Turn,
    readonly topic: string,
    readonly channel: string,
    readonly settings: ConsumerSettings,
    public client: HttpClient,
  ) {
    this.#turn = turn;
  }

  get roomBytes(): number {
    return BUFFER_BYTES - this.#bufferedBytes;
  }

  /** Messages of the next batch, so far. */
  get batchCount(): number {
    return this.#batch.texts.length;
  }

  /** Whether nobody waits for it, and nothing of it is unanswered. */
  get idle(): boolean {
    return this.listener === null && this.subscription.inFlightCount === 0;
  }

  /** From now on another lease is valid. */
  renewLease(): void {
    this.lease = newLease();
  }

  send(bytes: Uint8Array, start: number, end: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    for (let at = start; at < end;) {
      const next = recordEnd(view, at);
      this.#add(bytes, at, next, view.getUint16(at + ATTEMPTS_OFFSET));
      at = next;
    }
  }

  sendAgain(bytes: Uint8Array, start: number, end: number, attempts: number): void {
    this.#add(bytes, start, end, oneMoreAttempt(attempts));
  }

  flush(): void {
    this.#isFlushing = false;
    if (this.#batch.texts.length > 0) this.listener?.onMessages();
  }

  /** What has come since the last call. */
  takeBatch(): Batch {
    const batch = this.#batch;
    this.#batch = { texts: [], ids: [] };
    this.#bufferedBytes = 0;
    return batch;
  }

  close(): void {
    this.ended = true;
    this.listener?.onEnd();
  }

  /** It was delivered nothing of these, or they are not wanted: they are queued again at once. */
  giveBack(ids: readonly Uint8Array[]): void {
    for (const id of ids) this.subscription.requeue(id, 0, 0);
  }

  /** It takes `count` more messages than are in flight now. */
  want(count: number): void {
    this.#wanted = count;
    this.subscription.setReady(count === 0 ? 0 : this.subscription.inFlightCount + count);
  }

  /** These are done, and make no room for others: see {@link want}. */
  finish(ids: readonly Uint8Array[]): void {
    for (const id of ids) this.subscription.finish(id, 0);
    if (this.#wanted > 0) this.want(this.#wanted);
  }

  stats(): ClientStats {
    const { client } = this;
    return {
      client_id: client.clientId,
      hostname: client.hostname,
      version: "HTTP",
      remote_address: client.remoteAddress,
      state: SUBSCRIBED,
      ...this.subscription.stats(),
      connect_ts: Math.floor(this.#connectedUnixMs / 1000),
      sample_rate: 0,
      deflate: false,
      snappy: false,
      user_agent: client.userAgent,
      ...(client.isAuthed && { authed: true }),
      ...(client.identity !== "" && { auth_identity: client.identity }),
      ...(client.identityUrl !== "" && { auth_identity_url: client.identityUrl }),
      topology_zone: "",
      topology_region: "",
      tls: client.tls,
      tls_cipher_suite: "",
      tls_version: "",
      tls_negotiated_protocol: "",
      tls_negotiated_protocol_is_mutual: false,
    };
  }

  #add(bytes: Uint8Array, start: number, end: number, attempts: number): void {
    const idAt = start + ID_OFFSET;
    this.#batch.ids.push(bytes.slice(idAt, idAt + MESSAGE_ID_BYTES));
    this.#batch.texts.push(leasedMessageJson(bytes, start, end, attempts, this.lease));
    this.#bufferedBytes += end - start;
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    this.#turn.addFlushable(this);
  }
}

/** A consumer's state in the statistics, as nsqd numbers it. */
const SUBSCRIBED = 3;

/** Nobody can guess it. */
function newLease(): string {
  return crypto.getRandomValues(new Uint8Array(LEASE_BYTES)).toBase64({ alphabet: "base64url" });
}
