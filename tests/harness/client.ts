/** A raw client of the V2 protocol: sends what it is told, byte for byte, and hands out the frames that come back. */
import { equal, fail } from "./assert.ts";
import { pause, withDeadline } from "./eventually.ts";
import {
  type Chunk,
  concat,
  decodeMessage,
  type Frame,
  FRAME_ERROR,
  FRAME_MESSAGE,
  FRAME_RESPONSE,
  MAGIC,
  type Message,
  messageBatch,
  sized,
  text,
} from "./wire.ts";

const DEFAULT_DEADLINE_MS = 60_000;
const READ_BUFFER_BYTES = 64 * 1024;
const HEARTBEAT = "_heartbeat_";

/** How a connection is opened. */
export interface ConnectOptions {
  /** Sent first; "" sends nothing. Default: the V2 magic. */
  magic?: Chunk;
  /** Answer heartbeats with NOP and hide them (default), or hand them out as frames. */
  answerHeartbeats?: boolean;
}

/** One connection. Nothing is read from it before the first call that wants a frame. */
export class Client {
  readonly #conn: Deno.TcpConn;
  readonly #answerHeartbeats: boolean;
  readonly #frames: Frame[] = [];
  #received = new Uint8Array(0);
  #reading = false;
  /** Settles when everything has been sent; undefined: it has. */
  #sending: Promise<void> | undefined;
  #ended = false;
  #closed = false;
  #wake: () => void = () => {};

  private constructor(conn: Deno.TcpConn, answerHeartbeats: boolean) {
    this.#conn = conn;
    this.#answerHeartbeats = answerHeartbeats;
  }

  static async connect(port: number, options: ConnectOptions = {}): Promise<Client> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    conn.setNoDelay();
    const client = new Client(conn, options.answerHeartbeats ?? true);
    await client.send(options.magic ?? MAGIC);
    return client;
  }

  /** `host:port` of this end: the server's statistics know it as the remote address. */
  get localAddress(): string {
    const { hostname, port } = this.#conn.localAddr;
    return `${hostname}:${port}`;
  }

  /** Sends the chunks in one piece, after all that was sent before: an answer to a heartbeat does not get into the midst of a large one. */
  send(...chunks: Chunk[]): Promise<void> {
    const bytes = concat(...chunks);
    const sent = this.#sending === undefined
      ? this.#write(bytes)
      : this.#sending.then(() => this.#write(bytes));
    const ended = () => { // how, is told to whoever sent it
      if (this.#sending === sending) this.#sending = undefined;
    };
    const sending = sent.then(ended, ended);
    this.#sending = sending;
    return sent;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await this.#conn.write(rest));
  }

  /** Says that nothing more will be sent; answers can still be read. */
  closeWrite(): Promise<void> {
    return this.#conn.closeWrite();
  }

  /** Ends the connection; may be called twice. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#conn.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  // --- what comes back

  /** The next frame. @throws {Error} when none comes in time, or the connection ends first. */
  async nextFrame(timeoutMs = DEFAULT_DEADLINE_MS): Promise<Frame> {
    return await this.#next(timeoutMs) ?? fail("the connection was closed in place of a frame");
  }

  /** Whether a frame comes, or the end of the connection: within `forMs` neither may. */
  async expectSilence(forMs: number): Promise<void> {
    this.#startReading();
    await pause(forMs);
    const frame = this.#frames[0];
    if (frame !== undefined) fail(`unexpected frame ${frame.type}: ${text(frame.data)}`);
    equal(this.#ended, false, "the connection was closed");
  }

  /** The next answer, passing over messages, is this response. */
  async expectResponse(expected: string): Promise<void> {
    equal(describe(await this.#nextAnswer()), describeText(FRAME_RESPONSE, expected));
  }

  /** The next answer, passing over messages, is this error. */
  async expectError(expected: string): Promise<void> {
    equal(describe(await this.#nextAnswer()), describeText(FRAME_ERROR, expected));
  }

  /** The server ends the connection, and sends nothing more before. */
  async expectClosed(timeoutMs = DEFAULT_DEADLINE_MS): Promise<void> {
    const frame = await this.#next(timeoutMs);
    if (frame !== undefined) fail(`frame in place of the end: ${text(frame.data)}`);
  }

  /** The server ends the connection, whatever it sends before. */
  async expectEnd(timeoutMs = DEFAULT_DEADLINE_MS): Promise<void> {
    while (await this.#next(timeoutMs) !== undefined);
  }

  /** The next frame is this error, and the connection ends with it. */
  async expectFatalError(expected: string): Promise<void> {
    await this.expectError(expected);
    await this.expectClosed();
  }

  /** The connection still obeys: a publication to a topic of its own is answered. */
  async expectAlive(): Promise<void> {
    await this.publish("alive", "still here");
  }

  /** The next frame is a message. */
  async nextMessage(timeoutMs = DEFAULT_DEADLINE_MS): Promise<Message> {
    const frame = await this.nextFrame(timeoutMs);
    if (frame.type !== FRAME_MESSAGE) fail(`not a message: ${text(frame.data)}`);
    return decodeMessage(frame.data);
  }

  /** The next `count` frames are messages. */
  async nextMessages(count: number): Promise<Message[]> {
    const messages: Message[] = [];
    while (messages.length < count) messages.push(await this.nextMessage());
    return messages;
  }

  /** Takes `count` messages, each finished before the next is awaited. */
  async consume(count: number): Promise<Message[]> {
    const messages: Message[] = [];
    while (messages.length < count) {
      const message = await this.nextMessage();
      await this.finish(message.id);
      messages.push(message);
    }
    return messages;
  }

  /** Every frame that has come and was not asked for yet. */
  takeFrames(): Frame[] {
    return this.#frames.splice(0);
  }

  // --- commands

  /** IDENTIFY with feature negotiation; gives back the server's answer. */
  async identify(data: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    await this.send("IDENTIFY\n", sized(JSON.stringify({ feature_negotiation: true, ...data })));
    const frame = await this.nextFrame();
    if (frame.type !== FRAME_RESPONSE) fail(`IDENTIFY answered ${text(frame.data)}`);
    return JSON.parse(text(frame.data));
  }

  /** SUB, answered by OK; then RDY if `ready` is given. */
  async subscribe(topic: string, channel: string, ready?: number): Promise<void> {
    await this.send(`SUB ${topic} ${channel}\n`);
    await this.expectResponse("OK");
    if (ready !== undefined) await this.ready(ready);
  }

  /** PUB, answered by OK. */
  async publish(topic: string, body: Chunk): Promise<void> {
    await this.send(`PUB ${topic}\n`, sized(body));
    await this.expectResponse("OK");
  }

  /** MPUB, answered by OK. */
  async publishBatch(topic: string, bodies: readonly Chunk[]): Promise<void> {
    await this.send(`MPUB ${topic}\n`, sized(messageBatch(bodies)));
    await this.expectResponse("OK");
  }

  /** DPUB, answered by OK. */
  async publishDeferred(topic: string, delayMs: number, body: Chunk): Promise<void> {
    await this.send(`DPUB ${topic} ${delayMs}\n`, sized(body));
    await this.expectResponse("OK");
  }

  ready(count: number): Promise<void> {
    return this.send(`RDY ${count}\n`);
  }

  finish(id: string): Promise<void> {
    return this.send(`FIN ${id}\n`);
  }

  requeue(id: string, delayMs: number): Promise<void> {
    return this.send(`REQ ${id} ${delayMs}\n`);
  }

  touch(id: string): Promise<void> {
    return this.send(`TOUCH ${id}\n`);
  }

  // --- reading

  /** The next response or error: messages may come before it, and stay for whoever wants them. */
  async #nextAnswer(): Promise<Frame> {
    const answer = await this.#next(DEFAULT_DEADLINE_MS, (frame) => frame.type !== FRAME_MESSAGE);
    return answer ?? fail("the connection was closed in place of an answer");
  }

  /** Takes out the first frame that is wanted; undefined when the connection ends without one. */
  async #next(timeoutMs: number, wanted: (frame: Frame) => boolean = () => true) {
    this.#startReading();
    const giveUpMs = performance.now() + timeoutMs; // heartbeats, and what is not wanted, put nothing off
    for (;;) {
      const index = this.#frames.findIndex(wanted);
      if (index >= 0) return this.#frames.splice(index, 1)[0];
      if (this.#ended) return undefined;
      const woken = new Promise<void>((resolve) => this.#wake = resolve);
      const leftMs = giveUpMs - performance.now();
      await withDeadline(woken, leftMs, "a frame or the end of the connection");
    }
  }

  #startReading(): void {
    if (this.#reading) return;
    this.#reading = true;
    // Its only way to fail is #read's own, which ends the connection for whoever waits.
    void this.#readAll();
  }

  async #readAll(): Promise<void> {
    const buffer = new Uint8Array(READ_BUFFER_BYTES);
    for (;;) {
      const count = await this.#read(buffer);
      if (count === null) break;
      this.#received = concat(this.#received, buffer.subarray(0, count));
      this.#splitFrames();
      this.#wake();
    }
    this.#ended = true;
    this.#wake();
  }

  /** A reset connection is an ended one: the server may close with bytes of ours unread. */
  async #read(buffer: Uint8Array): Promise<number | null> {
    try {
      return await this.#conn.read(buffer);
    } catch (error) {
      const closedByPeer = error instanceof Deno.errors.ConnectionReset ||
        error instanceof Deno.errors.BrokenPipe;
      if (closedByPeer || this.#closed) return null;
      throw error;
    }
  }

  #splitFrames(): void {
    const bytes = this.#received;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let position = 0;
    while (bytes.length - position >= 4) {
      const end = position + 4 + view.getInt32(position);
      if (end > bytes.length) break;
      const frame = { type: view.getInt32(position + 4), data: bytes.slice(position + 8, end) };
      position = end;
      if (!this.#answerHeartbeats || !isHeartbeat(frame)) this.#frames.push(frame);
      else if (!this.#closed) this.send("NOP\n").catch(() => {}); // reading goes on, and finds the end
    }
    this.#received = bytes.slice(position);
  }
}

/** Whether the frame is a heartbeat. */
export function isHeartbeat(frame: Frame): boolean {
  return frame.type === FRAME_RESPONSE && text(frame.data) === HEARTBEAT;
}

/** A frame in a form whose differences read well. */
function describe(frame: Frame): string {
  return describeText(frame.type, text(frame.data));
}

function describeText(type: number, content: string): string {
  const name = ["response", "error", "message"][type] ?? `frame ${type}`;
  return `${name}: ${content}`;
}
