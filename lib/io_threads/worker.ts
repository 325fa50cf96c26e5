/** The script of an I/O thread: accepts connections on a port that several threads share, and does with them what the core says. */

import { Acceptor } from "../net/acceptor.ts";
import { addressText, openListeners } from "../net/listeners.ts";
import type { Logger } from "../log/logger.ts";
import { DEBUG } from "../log/level.ts";
import type { TlsSettings } from "../tls/server_settings.ts";
import { TlsUpgrader } from "../tls/upgrader.ts";
import type { Peer, Socket } from "../net/peer.ts";
import {
  FromThread,
  type SharedAddress,
  type ThreadNews,
  type ThreadOrder,
  type ThreadSetup,
  ToThread,
  type UpgradeRequest,
} from "./entries.ts";
import { OutputMemory } from "../wire/output_memory.ts";
import { NextTurn } from "./next_turn.ts";
import { FIRST_HTTP_KIND } from "./http/entries.ts";
import type { RingLink } from "./http/outbox.ts";
import { numberAt, type RingMemory, RingReader, RingWriter } from "./ring.ts";
import { SleepWatch } from "./sleep_watch.ts";
import { type ConnectionThread, ThreadConnection } from "./thread_connection.ts";
import { ThreadHttp } from "./http/thread_http.ts";

type Setup = ThreadSetup<TlsSettings, RingMemory>;

/** The thread's own main object. */
class Thread implements ConnectionThread, RingLink {
  readonly tls: TlsUpgrader | null;
  readonly memory = new OutputMemory();
  readonly ring: RingWriter;
  readonly #toThread: RingReader;
  readonly #acceptor: Acceptor;
  readonly #connections = new Map<number, ThreadConnection>();
  /** Every connection has a number of its own: what is still said of one that is closed must not be taken for another's. */
  #lastNumber = 0;
  /** Who has something to write. */
  readonly #touched: ThreadConnection[] = [];
  #http: ThreadHttp | null = null;
  readonly #sleeps = new SleepWatch(() => LOGGER.error("I/O thread: a wake-up was lost"));
  readonly #roomTurn = new NextTurn(this.#sleeps);
  #stopping = false;

  /** @throws Error if the address cannot be had */
  constructor(setup: Setup) {
    this.ring = new RingWriter(setup.fromThread);
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
    void this.#serve(); // HTTP does not wait for the start
  }

  start(): void {
    this.#acceptor.start();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#acceptor.stop();
    await this.#acceptor.done();
    this.#sayWhenStopped();
  }

  /** Serves HTTP, too. */
  openHttp(addresses: readonly SharedAddress[]): void {
    try {
      this.#http = new ThreadHttp(addresses, this, LOGGER, () => say({ kind: "http ended" }));
      say({ kind: "http", refusal: null });
    } catch (error) {
      say({ kind: "http", refusal: (error as Error).message });
    }
  }

  renewHttp(): void {
    try {
      this.#http?.renew();
    } catch (error) {
      // The core, which looks every second, warns of what is missing.
      LOGGER.debug(`HTTP: an I/O thread does not listen - ${(error as Error).message}`);
      say({ kind: "http ended" });
    }
  }

  async stopHttp(): Promise<void> {
    await this.#http?.shutdown();
    say({ kind: "http stopped" });
  }

  tell(kind: number, connection: number, bytes: Uint8Array): Promise<void> | void {
    const { length } = bytes;
    if (this.ring.room() < length) {
      return this.#room(length).then(() => this.tell(kind, connection, bytes));
    }
    this.ring.add(kind, connection, bytes, 0, length);
    this.ring.publishSoon();
  }

  tellNumber(kind: number, connection: number, value: number): Promise<void> | void {
    if (this.ring.room() < 4) {
      return this.#room(4).then(() => this.tellNumber(kind, connection, value));
    }
    this.ring.addNumber(kind, connection, value);
    this.ring.publishSoon();
  }

  onClosed({ number }: ThreadConnection): void {
    this.#connections.delete(number);
    this.#sayWhenStopped();
  }

  #take(socket: Socket, { name, hostname }: Peer): void {
    const number = this.#lastNumber = (this.#lastNumber + 1) >>> 0;
    const connection = new ThreadConnection(number, socket, this);
    this.#connections.set(number, connection);
    const words = new TextEncoder().encode(JSON.stringify({ name, hostname }));
    const told = this.tell(FromThread.Opened, number, words);
    if (told === undefined) connection.input.start();
    else void told.then(() => connection.input.start());
  }

  whenRoom(resume: () => void): void {
    this.ring.publish();
    void this.#roomTurn.after(this.ring.waitForRoom()).then(resume);
  }

  async #room(bytes: number): Promise<void> {
    const turn = new NextTurn(this.#sleeps);
    while (this.ring.room() < bytes) {
      this.ring.publish();
      await turn.after(this.ring.waitForRoom());
    }
  }

  async #serve(): Promise<void> {
    const handle = this.#onEntry.bind(this), turn = new NextTurn(this.#sleeps);
    for (;;) {
      this.#toThread.read(handle);
      for (const connection of this.#touched.splice(0)) connection.flush();
      await turn.after(this.#toThread.waitForEntries());
    }
  }

  #onEntry(kind: number, number: number, bytes: Uint8Array, start: number, end: number): void {
    if (kind >= FIRST_HTTP_KIND) return this.#http!.onEntry(kind, number, bytes, start, end);
    const connection = this.#connections.get(number);
    if (connection === undefined) return;
    switch (kind) {
      case ToThread.Credit:
        return connection.input.addCredit(numberAt(bytes, start));
      case ToThread.Data:
        connection.write(bytes, start, end);
        this.#touched.push(connection);
        return;
      case ToThread.CloseWrite:
        return connection.closeWrite();
      case ToThread.Hold:
        return connection.input.hold();
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
      return thread?.memory.trim();
    case "http":
      return thread?.openHttp(data.addresses);
    case "renew http":
      return thread?.renewHttp();
    case "stop http":
      return void thread?.stopHttp();
    case "stop":
      return void thread?.stop();
    case "fail":
      throw new Error("told to");
  }
};
