import { Broker } from "../broker/broker.ts";
import { Clock } from "../broker/clock.ts";
import { Scheduler, systemTimers } from "../broker/scheduler.ts";
import type { ClientStats } from "../broker/stats.ts";
import { DiskQueue } from "../diskqueue/disk_queue.ts";
import { type FileIndex, indexFiles } from "../diskqueue/file_index.ts";
import { DenoFileSystem, systemTimers as diskTimers } from "../diskqueue/file_system.ts";
import { JsonClient } from "../http/json_client.ts";
import type { HttpServer } from "../http/serve.ts";
import type { Logger } from "../log/logger.ts";
import { cleanUpAfter, listenOn } from "../net/listen.ts";
import { NSQ_VERSION, versionLine } from "../version.ts";
import { wait } from "../wait.ts";
import { DISK_MESSAGE_OVERHEAD_BYTES } from "../wire/record.ts";
import { Authorizer } from "./auth/authorizer.ts";
import { DataPathLock } from "./data_path_lock.ts";
import { Discovery } from "./discovery/discovery.ts";
import { createNsqdApi, serveHttp } from "./http/api.ts";
import type { ConfigChange, NsqdHost } from "./http/host.ts";
import { serveHttps } from "./https.ts";
import { MetadataFile } from "./metadata.ts";
import { type NsqdOptions, withListeningPorts } from "./options.ts";
import { memoryStats } from "./http/memory.ts";
import { StatsdReporter } from "./statsd/reporter.ts";
import { openDatagramSocket } from "./statsd/udp.ts";
import { V2Server } from "./tcp/server.ts";
import { readTlsSettings, type TlsSettings } from "./tcp/tls_settings.ts";
import { TlsUpgrader } from "./tcp/tls_upgrader.ts";

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
  #tcp: V2Server | null = null;
  #tls: TlsUpgrader | null = null;
  #http: HttpServer | null = null;
  #https: HttpServer | null = null;
  #statsd: StatsdReporter | null = null;
  /** For questions to lookupds and auth servers. */
  #client: JsonClient | null = null;
  #discovery: Discovery | null = null;
  #started = false;
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
      latency: options.e2eProcessingLatencyPercentiles.length === 0 ? undefined : {
        percentiles: options.e2eProcessingLatencyPercentiles,
        windowMs: options.e2eProcessingLatencyWindowTimeMs,
      },
      topologyAware: options.experiments.includes("topology-aware-consumption"),
      clock: this.#clock,
      scheduler: this.#scheduler,
      random: Math.random,
      logger,
      openDisk: (name, onHealth) => this.#openDisk(name, onHealth),
      onChange: (durable, topic, channel) => {
        this.#discovery?.changed(topic, channel);
        if (durable) this.#persistInBackground();
      },
      prepareTopic: (topic) => this.#discovery?.prepareTopic(topic) ?? null,
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
    const tls = readTlsSettings(options);
    if (tls !== null) this.#tls = new TlsUpgrader(tls);
    const client = this.#client = newJsonClient(options);
    logger.info(versionLine("nsqd"));
    logger.info(`ID: ${options.nodeId}`);
    this.#tcp = await listenOn(options.tcpAddress, (at) =>
      new V2Server(at, {
        options,
        broker: this.broker,
        logger,
        scheduler: this.#scheduler,
        tls: this.#tls,
        authorizer: this.#newAuthorizer(client),
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
      const httpsPort = () => this.#https?.port ?? 0;
      this.#http = await listenOn(options.httpAddress, (at) => serveHttp(this, at, httpsPort));
    }
    if (tls !== null && options.httpsAddress !== "") await this.#listenHttps(tls);
    this.options = withListeningPorts(options, this.tcpPort(), this.httpPort());
    this.#discovery = this.#newDiscovery(client);
    this.#discovery.setAddresses(options.nsqlookupdTcpAddresses);
    this.#tcp.start();
    if (options.statsdAddress !== "") this.#startStatsd();
    this.#started = true;
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

  connectionCount(): number {
    return this.#tcp?.connections.size ?? 0;
  }

  readiness(): string {
    if (this.#stopping !== null) return "stopping";
    return this.#started ? this.broker.health() : "starting";
  }

  persistMetadata(): Promise<void> {
    return this.#metadata.persist();
  }

  producers(topic: string): ClientStats[] {
    return this.#tcp?.producers(topic) ?? [];
  }

  configure(...[name, value]: ConfigChange): void {
    if (name === "log_level") this.logger.level = this.options.logLevel = value;
    else {
      this.options.nsqlookupdTcpAddresses = value;
      this.#discovery?.setAddresses(value);
    }
  }

  async #stop(): Promise<void> {
    const { logger } = this;
    this.#tcp?.stopListening();
    const httpDone = Promise.all([this.#http?.shutdown(), this.#https?.shutdown()]);
    await this.#discovery?.stop();
    this.#client?.close();
    await this.#statsd?.stop();
    await this.#tcp?.close();
    this.#tls?.close();
    await httpDone;
    if (this.#tcp !== null) cleanUpAfter(this.options.tcpAddress);
    if (this.#http !== null) cleanUpAfter(this.options.httpAddress);
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

  async #listenHttps(tls: TlsSettings): Promise<void> {
    this.#https = await listenOn(this.options.httpsAddress, (at) => {
      if (at.transport === "unix") throw new Error("not <addr>:<port>");
      return serveHttps(createNsqdApi(this), at, tls, this.logger);
    });
  }

  #newAuthorizer(client: JsonClient): Authorizer | null {
    const { options, logger } = this;
    if (options.authHttpAddresses.length === 0) return null;
    return new Authorizer({
      addresses: options.authHttpAddresses,
      method: options.authHttpRequestMethod,
      client,
      logger,
      nowMs: () => this.#clock.update(),
      random: Math.random,
    });
  }

  #newDiscovery(client: JsonClient): Discovery {
    const { options, logger } = this;
    const hostname = Deno.hostname();
    return new Discovery({
      topics: this.broker.topics,
      client,
      logger,
      maxAnswerBytes: options.maxBodySizeBytes,
      announcement: () => ({
        version: NSQ_VERSION,
        tcp_port: options.broadcastTcpPort,
        http_port: options.broadcastHttpPort,
        hostname,
        broadcast_address: options.broadcastAddress,
        topology_zone: options.topologyZone,
        topology_region: options.topologyRegion,
      }),
      random: Math.random,
    });
  }

  #startStatsd(): void {
    this.#statsd = new StatsdReporter({
      options: this.options,
      logger: this.logger,
      topics: () => this.broker.stats("", "", false) ?? [],
      memory: memoryStats,
      openSocket: openDatagramSocket,
      nowMs: () => performance.now(),
      sleep: wait,
    });
    this.#statsd.start();
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

/** @throws Error if the file of authorities cannot be read */
function newJsonClient(options: NsqdOptions): JsonClient {
  const { tlsRootCaFile } = options;
  return new JsonClient({
    connectTimeoutMs: options.httpClientConnectTimeoutMs,
    requestTimeoutMs: options.httpClientRequestTimeoutMs,
    ...(tlsRootCaFile !== "" && { caCerts: [Deno.readTextFileSync(tlsRootCaFile)] }),
  });
}
