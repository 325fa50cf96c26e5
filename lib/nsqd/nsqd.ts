import { Broker } from "../broker/broker.ts";
import { Clock } from "../broker/clock.ts";
import { Scheduler, systemTimers } from "../broker/scheduler.ts";
import type { ClientStats } from "../broker/stats.ts";
import { parseHostPort } from "../cli/host_port.ts";
import { DiskQueue } from "../diskqueue/disk_queue.ts";
import { type FileIndex, indexFiles } from "../diskqueue/file_index.ts";
import { DenoFileSystem, systemTimers as diskTimers } from "../diskqueue/file_system.ts";
import { HttpError } from "../http/http_error.ts";
import type { HttpServer } from "../http/serve.ts";
import type { Logger } from "../log/logger.ts";
import { versionLine } from "../version.ts";
import { DISK_MESSAGE_OVERHEAD_BYTES } from "../wire/record.ts";
import { DataPathLock } from "./data_path_lock.ts";
import { serveHttp } from "./http/api.ts";
import type { ConfigChange, NsqdHost } from "./http/host.ts";
import { MetadataFile } from "./metadata.ts";
import { type NsqdOptions, withListeningPorts } from "./options.ts";
import { TcpServer } from "./tcp/server.ts";

/** One nsqd: the broker with its data path, its sockets and its HTTP API. */
export class Nsqd implements NsqdHost {
  options: NsqdOptions;
  readonly logger: Logger;
  readonly startTime = new Date();
  readonly broker: Broker;

  readonly #dataPath: string;
  readonly #clock = new Clock();
  readonly #scheduler: Scheduler;
  readonly #files = new DenoFileSystem();
  readonly #metadata: MetadataFile;
  /** What the data path held at the start, for the queues that are opened then. */
  #filesAtStart: FileIndex = new Map();
  readonly #openedQueues = new Set<string>();
  #lock: DataPathLock | null = null;
  #tcp: TcpServer | null = null;
  #http: HttpServer | null = null;
  #stopping: Promise<void> | null = null;

  constructor(options: NsqdOptions, logger: Logger) {
    this.options = options;
    this.logger = logger;
    this.#dataPath = options.dataPath === "" ? "." : options.dataPath;
    const report = (error: unknown) => logger.error(`timer failed - ${(error as Error).stack}`);
    this.#scheduler = new Scheduler(this.#clock, systemTimers, report);
    this.broker = new Broker({
      nodeId: options.nodeId,
      memQueueSize: options.memQueueSize,
      maxMsgTimeoutMs: options.maxMsgTimeoutMs,
      maxChannelConsumers: options.maxChannelConsumers,
      topologyAware: options.experiments.includes("topology-aware-consumption"),
      clock: this.#clock,
      scheduler: this.#scheduler,
      random: Math.random,
      logger,
      openDisk: (name, onHealth) => this.#openDisk(name, onHealth),
      onChange: (durable) => durable && this.#persistInBackground(),
    });
    this.#metadata = new MetadataFile(this.#dataPath, this.broker, logger);
  }

  /**
   * Takes the data path, loads what is there, listens.
   * @throws Error with a message for the user; nothing is listening then
   */
  async start(): Promise<void> {
    const { options, logger } = this;
    try {
      this.#lock = await DataPathLock.acquire(this.#dataPath);
    } catch (error) {
      throw new Error(`failed to lock data-path: ${(error as Error).message}`, { cause: error });
    }
    logger.info(versionLine("nsqd"));
    logger.info(`ID: ${options.nodeId}`);
    this.#tcp = listen(options.tcpAddress, (at) =>
      new TcpServer(at, {
        options,
        broker: this.broker,
        logger,
        scheduler: this.#scheduler,
      }));
    try {
      this.#filesAtStart = indexFiles(this.#files, this.#dataPath);
      this.#metadata.load();
    } catch (error) {
      throw new Error(`failed to load metadata - ${(error as Error).message}`, { cause: error });
    }
    await this.#metadata.persist().catch((error) => {
      throw new Error(`failed to persist metadata - ${error.message}`, { cause: error });
    });
    if (options.httpAddress !== "") {
      this.#http = listen(options.httpAddress, (at) => serveHttp(this, at));
    }
    this.options = withListeningPorts(options, this.tcpPort(), this.httpPort());
    this.#tcp.start();
  }

  /** Stops listening, closes all connections, puts every message on disk, gives the data path free. */
  stop(): Promise<void> {
    return this.#stopping ??= this.#stop();
  }

  tcpPort(): number {
    return this.#tcp?.port ?? 0;
  }

  httpPort(): number {
    return this.#http?.port ?? 0;
  }

  persistMetadata(): Promise<void> {
    return this.#metadata.persist();
  }

  producers(topic: string): ClientStats[] {
    return this.#tcp?.producers(topic) ?? [];
  }

  configure(...[name, value]: ConfigChange): void {
    if (name === "log_level") this.logger.level = this.options.logLevel = value;
    else if (value.length > 0) throw new HttpError(501, "NOT_SUPPORTED_YET"); // until there is discovery
  }

  async #stop(): Promise<void> {
    const { logger } = this;
    this.#tcp?.stopListening();
    const httpDone = this.#http?.shutdown();
    await this.#tcp?.close();
    await httpDone;
    await this.#metadata.persist().catch((error) =>
      logger.error(`failed to persist metadata - ${error.message}`)
    );
    logger.info("NSQ: closing topics");
    this.broker.close();
    logger.info("NSQ: stopping subsystems");
    this.#scheduler.stop();
    this.#lock?.release();
    logger.info("NSQ: bye");
  }

  #openDisk(name: string, onHealth: (error: Error | null) => void): DiskQueue {
    const { options } = this;
    const queue = {
      name,
      dataPath: this.#dataPath,
      maxBytesPerFile: options.maxBytesPerFile,
      minRecordBytes: DISK_MESSAGE_OVERHEAD_BYTES,
      maxRecordBytes: options.maxMsgSizeBytes + DISK_MESSAGE_OVERHEAD_BYTES,
      syncEvery: options.syncEvery,
      syncTimeoutMs: options.syncTimeoutMs,
      files: this.#files,
      timers: diskTimers,
      logger: this.logger,
      onHealth,
    };
    if (this.#openedQueues.has(name)) return DiskQueue.open(queue);
    this.#openedQueues.add(name);
    return DiskQueue.open({ ...queue, index: this.#filesAtStart });
  }

  #persistInBackground(): void {
    if (this.#stopping !== null) return;
    this.#metadata.persist().catch((error) =>
      this.logger.error(`failed to persist metadata - ${error.message}`)
    );
  }
}

/** Listens on `address`. @throws Error that names the address */
function listen<T>(address: string, open: (at: { hostname: string; port: number }) => T): T {
  const at = parseHostPort(address);
  if (at === undefined) throw new Error(`listen (${address}) failed - not <addr>:<port>`);
  try {
    return open({ hostname: at.hostname || "0.0.0.0", port: at.port });
  } catch (error) {
    throw new Error(`listen (${address}) failed - ${(error as Error).message}`, { cause: error });
  }
}
