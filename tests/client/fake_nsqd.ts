/** An nsqd that answers as a test wants it to: for what a real one does only by accident. */
import { concat, sized, text } from "../harness/mod.ts";

const RESPONSE = 0;
const ERROR = 1;

/** What the client has sent. */
export interface ReceivedCommand {
  line: string;
  /** Of commands that have one. */
  body: Uint8Array;
}

/** What a command is answered with: a response, an error, the end of the connection, or nothing. */
export type FakeAnswer = { ok: string } | { error: string } | "close" | "silence";

const WITH_BODY = /^(IDENTIFY|PUB|MPUB|DPUB|AUTH)\b/;

/** Listens on a free port of the loopback. IDENTIFY is answered by itself; all else is up to `answer`. */
export class FakeNsqd {
  readonly commands: ReceivedCommand[] = [];
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections: Promise<void>[] = [];
  readonly #accepting: Promise<void>;
  readonly #sockets = new Set<Deno.TcpConn>();

  constructor(readonly answer: (command: ReceivedCommand) => FakeAnswer) {
    this.#accepting = this.#accept();
  }

  get address(): string {
    return `127.0.0.1:${this.#listener.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const socket of this.#sockets) socket.close();
    this.#sockets.clear();
    await this.#accepting;
    await Promise.all(this.#connections);
  }

  async #accept(): Promise<void> {
    for await (const socket of this.#listener) {
      this.#sockets.add(socket);
      this.#connections.push(this.#serve(socket));
    }
  }

  async #serve(socket: Deno.TcpConn): Promise<void> {
    try {
      await this.#converse(socket);
    } catch (error) {
      const isGone = error instanceof Deno.errors.BadResource ||
        error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe ||
        error instanceof Deno.errors.Interrupted;
      if (!isGone) throw error;
    } finally {
      if (this.#sockets.delete(socket)) socket.close();
    }
  }

  async #converse(socket: Deno.TcpConn): Promise<void> {
    let received: Uint8Array = new Uint8Array(0);
    const buffer = new Uint8Array(64 * 1024);
    let isFirst = true;
    for (;;) {
      const count = await socket.read(buffer);
      if (count === null) return;
      received = concat(received, buffer.slice(0, count));
      if (isFirst && received.length >= 4) {
        received = received.slice(4);
        isFirst = false;
      }
      for (;;) {
        const command = nextCommand(received);
        if (isFirst || command === undefined) break;
        received = received.slice(command.end);
        const { line, body } = command;
        const answer = line === "IDENTIFY" ? { ok: "{}" } : this.#take({ line, body });
        if (answer === "close") return;
        if (answer === "silence") continue;
        const [type, data] = "ok" in answer ? [RESPONSE, answer.ok] : [ERROR, answer.error];
        await socket.write(sized(concat(new Uint8Array([0, 0, 0, type]), data)));
        if (type === ERROR) return;
      }
    }
  }

  #take(command: ReceivedCommand): FakeAnswer {
    this.commands.push(command);
    return this.answer(command);
  }
}

function nextCommand(bytes: Uint8Array): (ReceivedCommand & { end: number }) | undefined {
  const lineEnd = bytes.indexOf(0x0a);
  if (lineEnd < 0) return undefined;
  const line = text(bytes.subarray(0, lineEnd));
  const start = lineEnd + 1;
  if (!WITH_BODY.test(line)) return { line, body: new Uint8Array(0), end: start };
  if (bytes.length < start + 4) return undefined;
  const size = new DataView(bytes.buffer, bytes.byteOffset).getInt32(start);
  const end = start + 4 + size;
  return bytes.length < end ? undefined : { line, body: bytes.slice(start + 4, end), end };
}
