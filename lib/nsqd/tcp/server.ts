import type { ClientStats } from "../../broker/stats.ts";
import { automaticIoThreads } from "../../io_threads/count.ts";
import type { IoThreadFigures } from "../../io_threads/io_thread.ts";
import { IoThreads } from "../../io_threads/io_threads.ts";
import { remoteUpgrades } from "../../io_threads/remote_upgrades.ts";
import type { ListenAddress } from "../../net/listen_address.ts";
import { acceptHere, type Arrivals, TcpServer } from "../../net/tcp_server.ts";
import type { TlsSettings } from "../../tls/server_settings.ts";
import type { TlsUpgrader } from "../../tls/upgrader.ts";
import type { ByteStream } from "../../wire/byte_stream.ts";
import { OutputMemory } from "../../wire/output_memory.ts";
import { localUpgrades } from "../../wire/streams/upgrades.ts";
import { InputPause } from "./input_pause.ts";
import { ReadPace } from "./read_pace.ts";
import { Shares } from "./shares.ts";
import { Connection } from "./connection.ts";
import type { ConnectionContext } from "./connection_context.ts";

/** What {@link V2Server} needs: all that connections share, but for what it makes for them. */
export type V2ServerParts =
  & Omit<ConnectionContext, "outputMemory" | "readPace" | "shares" | "streams">
  & {
    /** Null if no client can have TLS. */
    readonly tls: TlsUpgrader | null;
  };

/** Accepts connections of the V2 protocol. */
export class V2Server extends TcpServer<Connection, ByteStream> {
  readonly #outputMemory: OutputMemory;
  readonly #others: InputPause;

  /** The I/O threads; null where connections are served in the broker's own thread. */
  readonly ioThreads: IoThreads | null;

  private constructor(
    arrivals: Arrivals<ByteStream>,
    context: ConnectionContext,
    others: InputPause,
  ) {
    super(
      arrivals,
      (stream, { name, hostname }) => new Connection(stream, name, hostname, context),
    );
    this.#outputMemory = context.outputMemory;
    this.#others = others;
    this.ioThreads = arrivals instanceof IoThreads ? arrivals : null;
  }

  /** Figures of the I/O threads, if there are any. */
  get threads(): readonly IoThreadFigures[] {
    return [...this.ioThreads?.threads ?? []];
  }

  /** Listens, but accepts nothing before `start`. @throws if the address cannot be had */
  static async open(at: ListenAddress, parts: V2ServerParts): Promise<V2Server> {
    const { tls, options, logger, broker: { clock } } = parts;
    const others = new InputPause();
    const shared = {
      ...parts,
      outputMemory: new OutputMemory(),
      readPace: new ReadPace(others),
      shares: new Shares(clock, others),
    };
    const count = options.ioThreads === "auto" ? automaticIoThreads(at) : options.ioThreads;
    if (count > 0) {
      if (at.transport === "unix") throw new Error("a Unix socket cannot have --io-threads");
      const settings = tls?.settings ?? null;
      const threads = await IoThreads.open(at, count, settings, logger);
      return new V2Server(threads, { ...shared, streams: remoteUpgrades(tls !== null) }, others);
    }
    const arrivals = acceptHere(at, { logger, nowMs: () => clock.update() });
    return new V2Server(arrivals, { ...shared, streams: localUpgrades(tls) }, others);
  }

  /** Has I/O threads use another certificate; the broker's own thread has its upgrader for that. */
  useTls(settings: TlsSettings): void {
    this.ioThreads?.useTls(settings);
  }

  override async close(): Promise<void> {
    await super.close();
    this.#others.close();
  }

  /** Gives back what no connection needs now. */
  giveMemoryBack(): void {
    this.#outputMemory.trim();
    this.ioThreads?.giveMemoryBack();
  }

  /** The connections that have published (to `topic`, unless that is empty: then to any). */
  producers(topic: string): ClientStats[] {
    return [...this.connections]
      .filter((connection) => connection.published.size > 0)
      .map((connection) => connection.stats(topic));
  }
}
