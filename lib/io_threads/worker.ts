/** The script of an I/O thread: accepts connections on a port that several threads share, and does with them what the core says. */

import { Acceptor } from "../net/acceptor.ts";
import { addressText, openListeners } from "../net/listeners.ts";
import type { Logger } from "../log/logger.ts";
import { DEBUG } from "../log/level.ts";
import type { TlsSettings } from "../tls/server_settings.ts";
import { TlsUpgrader } from "../tls/upgrader.ts";
import type { Peer, Socket } from "../net/peer.ts";
import {
  decodeRead,
  FromThread,
  type ThreadNews,
  type ThreadOrder,
  type ThreadSetup,
  ToThread,
  type UpgradeRequest,
} from "./entries.ts";
import { OutputMemory } from "../wire/output_memory.ts";
import { NextTurn } from "./next_turn.ts";
import { numberAt, type RingMemory, RingReader, RingWriter } from "./ring.ts";
import { type ConnectionThread, ThreadConnection } from "./thread_connection.ts";

type Setup = ThreadSetup<TlsSettings, RingMemory>;

/** The thread's own main object. */
class Thread implements ConnectionThread {
  readonly tls: TlsUpgrader | null;
  readonly outputMemory = new OutputMemory();
  readonly #fromThread: RingWriter;
  readonly #toThread: RingReader;
  readonly #acceptor: Acceptor;
  readonly #connections = new Map<number, ThreadConnection>();
  /** Every connection has a number of its own: what is still said of one that is closed must not be taken for another's. */
  #lastNumber = 0;
  /** Who has something to write. */
  readonly #touched: ThreadConnection[] = [];
  #publishes = false;
  #stopping = false;

  /** @throws Error if the address cannot be had */
  constructor(setup: Setup) {
    this.#fromThread = new RingWriter(setup.fromThread);
    this.#toThread = new RingReader(setup.toThread);
    const listeners = openListeners({ ...setup, transport: "tcp", reusePort: true });
    this.tls = setup.tls === null ? null : new TlsUpgrader(setup.tls);
    this.#acceptor = new Acceptor(listeners, {
      name: "TCP",
      logger: LOGGER,
      nowMs: () => performance.now(),
      take: (socket, peer) => this.#take(socket, peer),
    });
    say({ kind: "listening", port: this.#acceptor.port, address: addressText(listeners[0]!.addr) });
  }

  start(): void {
    this.#acceptor.start();
    void this.#serve();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#acceptor.stop();
    await this.#acceptor.done();
    this.#sayWhenStopped();
  }

  tell(kind: number, connection: number, bytes: Uint8Array): Promise<void> | void {
    const { length } = bytes;
    if (this.#fromThread.room() < length) {
      return this.#room(length).then(() => this.tell(kind, connection, bytes));
    }
    this.#fromThread.add(kind, connection, bytes, 0, length);
    this.#publishSoon();
  }

  tellNumber(kind: number, connection: number, value: number): Promise<void> | void {
    if (this.#fromThread.room() < 4) {
      return this.#room(4).then(() => this.tellNumber(kind, connection, value));
    }
    this.#fromThread.addNumber(kind, connection, value);
    this.#publishSoon();
  }

  onClosed({ number }: ThreadConnection): void {
    this.#connections.delete(number);
    this.#sayWhenStopped();
  }

  #take(socket: Socket, { name, hostname }: Peer): void {
    const number = this.#lastNumber = (this.#lastNumber + 1) >>> 0;
    this.#connections.set(number, new ThreadConnection(number, socket, this));
    void this.tell(
      FromThread.Opened,
      number,
      new TextEncoder().encode(JSON.stringify({ name, hostname })),
    );
  }

  async #room(bytes: number): Promise<void> {
    const turn = new NextTurn();
    while (this.#fromThread.room() < bytes) {
      this.#fromThread.publish();
      await turn.after(this.#fromThread.waitForRoom());
    }
  }

  #publishSoon(): void {
    if (this.#publishes) return;
    this.#publishes = true;
    queueMicrotask(() => {
      this.#publishes = false;
      this.#fromThread.publish();
    });
  }

  async #serve(): Promise<void> {
    const handle = this.#onEntry.bind(this), turn = new NextTurn();
    for (;;) {
      this.#toThread.read(handle);
      for (const connection of this.#touched.splice(0)) connection.flush();
      await turn.after(this.#toThread.waitForEntries());
    }
  }

  #onEntry(kind: number, number: number, bytes: Uint8Array, start: number, end: number): void {
    const connection = this.#connections.get(number);
    if (connection === undefined) return;
    switch (kind) {
      case ToThread.Read:
        return void connection.read(decodeRead(numberAt(bytes, start)));
      case ToThread.Data:
        connection.write(bytes, start, end);
        this.#touched.push(connection);
        return;
      case ToThread.CloseWrite:
        return connection.closeWrite();
      case ToThread.Close:
        return connection.close();
      case ToThread.Upgrade: {
        const body = bytes.slice(start, end);
        const words = body.indexOf(0);
        const request = JSON.parse(new TextDecoder().decode(body.subarray(0, words)));
        return connection.upgrade(request as UpgradeRequest, body.subarray(words + 1));
      }
    }
  }

  #sayWhenStopped(): void {
    if (this.#stopping && this.#connections.size === 0) say({ kind: "stopped" });
  }
}

const scope = self as unknown as {
  postMessage(message: ThreadNews): void;
  onmessage: ((event: MessageEvent<Setup | ThreadOrder<TlsSettings>>) => void) | null;
};

function say(news: ThreadNews): void {
  scope.postMessage(news);
}

/** Lines of the acceptor go to the core's log, which knows its level. */
const LOGGER: Logger = {
  level: DEBUG,
  enabled: () => true,
  debug: (text) => say({ kind: "log", level: "debug", text }),
  info: () => {}, // the core says where it listens, once for all threads
  warn: (text) => say({ kind: "log", level: "warn", text }),
  error: (text) => say({ kind: "log", level: "error", text }),
  fatal: (text) => say({ kind: "log", level: "error", text }),
};

let thread: Thread | null = null;
scope.onmessage = ({ data }) => {
  switch (data.kind) {
    case "setup":
      try {
        thread = new Thread(data);
      } catch (error) {
        say({ kind: "refused", message: (error as Error).message });
      }
      return;
    case "start":
      return thread?.start();
    case "tls":
      return thread?.tls?.replace(data.settings);
    case "give memory back":
      return thread?.outputMemory.trim();
    case "stop":
      return void thread?.stop();
    case "fail":
      throw new Error("told to");
  }
};
