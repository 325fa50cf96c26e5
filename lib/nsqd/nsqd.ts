import { Broker } from "../broker/broker.ts";
import { Clock } from "../broker/clock.ts";
import { Scheduler } from "../broker/scheduler.ts";
import type { ClientStats } from "../broker/stats.ts";
import { DiskQueue } from "../diskqueue/disk_queue.ts";
import { type FileIndex, indexFiles } from "../diskqueue/file_index.ts";
import { DenoFileSystem } from "../storage/deno_file_system.ts";
import { systemTimers } from "../storage/timers.ts";
import type { RetentionLimits } from "../journal/retention.ts";
import type { IoThreadFigures } from "../io_threads/io_thread.ts";
import { type Certificates, JsonClient } from "../http/json_client.ts";
import type { Logger } from "../log/logger.ts";
import { ProcessFigures } from "../metrics/process_figures.ts";
import { DiskSpace } from "../storage/disk_space.ts";
import { daemonVersionLine, NSQ_VERSION, PROJECT_VERSION } from "../version.ts";
import { wait } from "../wait.ts";
import { DISK_MESSAGE_OVERHEAD_BYTES } from "../wire/record.ts";
import { openGuard, type TokenGuard } from "../access/guard.ts";
import { bearerFrom } from "../access/secret_file.ts";
import { Authorizer } from "./auth/authorizer.ts";
import { HttpAccess } from "./auth/http_access.ts";
import { HttpConsumers } from "./consumers/http_consumers.ts";
import { closeBroker } from "./close_broker.ts";
import type { Reloadable } from "../process/reloading.ts";
import { DataPathLock } from "../storage/data_path_lock.ts";
import { DiskProbe } from "./disk_probe.ts";
import { Discovery } from "./discovery/discovery.ts";
import { Drain } from "./drain.ts";
import { DurableTopics } from "./durable_topics.ts";
import { FrontDoors } from "./front_doors.ts";
import { Glob } from "../policies/glob.ts";
import { PolicyStore } from "../policies/policy_store.ts";
import { DiskWatch } from "./http/disk_space.ts";
import { NSQD_NEEDS } from "./http/needs.ts";
import { createNsqdApi } from "./http/api.ts";
import type { ConfigChange, NsqdHost } from "./http/host.ts";
import { makeDirectory } from "./make_directory.ts";
import { MetadataFile } from "./metadata.ts";
import { type NsqdOptions, withListeningPorts } from "./options.ts";
import { vainRetention } from "./options/together.ts";
import { memoryStats } from "./http/memory.ts";
import { StatsdReporter } from "./statsd/reporter.ts";
import { openDatagramSocket } from "./statsd/udp.ts";
import { QuietMemory } from "./quiet_memory.ts";
import { readTlsSettings, type TlsSettings } from "../tls/server_settings.ts";
import { checkCertificate } from "../tls/self_check.ts";
import { readAuthorities } from "../tls/key_pair.ts";
import { TlsUpgrader } from "../tls/upgrader.ts";

/** One nsqd: the broker with its data path, its sockets and its HTTP API. */
export class Nsqd implements NsqdHost {
  options: NsqdOptions;
  readonly logger: Logger;
  readonly startTime = new Date();
  readonly process = new ProcessFigures(PROJECT_VERSION, this.startTime);
  readonly broker: Broker;
  readonly disk: DiskWatch;
  access = new HttpAccess(null);
  guard: TokenGuard | null = null;
  readonly consumers: HttpConsumers;
  readonly policies: PolicyStore;
  readonly drain: Drain;
  /** Resolves when the broker was drained, or was to be by now. */
  readonly done: Promise<string>;

  readonly #dataPath: string;
  readonly #clock = new Clock();
  readonly #scheduler: Scheduler;
  readonly #files = new DenoFileSystem();
  readonly #diskSpace = new DiskSpace();
  readonly #diskProbe: DiskProbe;
  readonly #durable: DurableTopics;
  readonly #metadata: MetadataFile;
  /** What the data path held at the start, for the queues that are opened then. */
  #filesAtStart: FileIndex = new Map();
  readonly #openedQueues = new Set<string>();
  #doors: FrontDoors | null = null;
  #client: JsonClient | null = null;
  /** What lookupds are shown. */
  #secret: string | undefined;
  #discovery: Discovery | null = null;
  /** Undoes the start, last step first; null before it has succeeded. */
  #running: AsyncDisposableStack | null = null;
  readonly #quietMemory: QuietMemory;
  #stopping: Promise<void> | null = null;

  constructor(options: NsqdOptions, logger: Logger) {
    this.options = options;
    this.logger = logger;
    this.#dataPath = options.dataPath === "" ? "." : options.dataPath;
    this.disk = new DiskWatch(this.#dataPath);
    this.#diskProbe = new DiskProbe(this.#dataPath);
    const report = (error: unknown) => logger.error(`timer failed - ${(error as Error).stack}`);
    this.#scheduler = new Scheduler(this.#clock, systemTimers, report);
    this.#durable = new DurableTopics({
      dataPath: this.#dataPath,
      files: this.#files,
      logger,
      nodeId: options.nodeId,
      patterns: options.durable.map((pattern) => new Glob(pattern)),
      retention: retentionLimits(options),
      topicRules: (topic) => this.policies.current.topicRules(topic),
      freeBytes: () => this.disk.space?.free_bytes ?? null,
      openDisk: (name, index) => DiskQueue.open({ ...this.#queueOptions(name), index }),
    });
    this.#diskSpace.add(this.#durable.spares);
    this.policies = new PolicyStore({
      files: this.#files,
      dataPath: this.#dataPath,
      fixedFiles: options.policyFiles,
      maxBackoffMs: options.maxReqTimeoutMs,
      warn: (text) => logger.warn(text),
      onChange: () => this.broker.applyRules(),
    });
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
      rules: {
        topicRules: (topic) => this.policies.current.topicRules(topic),
        channelRules: (topic, channel) => this.policies.current.channelRules(topic, channel),
      },
      journals: this.#durable,
      prepareTopic: (topic) => this.#discovery?.prepareTopic(topic) ?? null,
      onQuiet: () => {
        this.#doors?.tcp.giveMemoryBack();
        this.#quietMemory.giveBack();
      },
    });
    this.consumers = new HttpConsumers(this.broker);
    const drained = Promise.withResolvers<string>();
    this.done = drained.promise;
    this.drain = new Drain(this.broker, this.#scheduler, logger, drained.resolve);
    this.#quietMemory = new QuietMemory(logger);
    this.#metadata = new MetadataFile(this.#files, this.#dataPath, this.broker, logger);
  }

  /**
   * Takes the data path, listens, loads what is there. Gives up when `signal` is aborted.
   * @throws Error with a message for the user; nothing is listening then, and the data path is as it was
   */
  async start(signal: AbortSignal): Promise<void> {
    const { options, logger } = this;
    await using started = new AsyncDisposableStack();
    await this.#takeDataPath(started);
    this.policies.load();
    vainRetention(options, this.policies.current.policies).forEach((line) => logger.warn(line));
    this.guard = openGuard({ path: options.httpAuthFile, needs: NSQD_NEEDS, logger });
    this.#secret = bearerFrom(options.httpClientAuthSecretFile);
    const tls = await this.#readCertificates();
    const upgrader = tls === null
      ? null
      : started.adopt(new TlsUpgrader(tls), (each) => each.close());
    if (options.tlsClientAuthPolicy !== "") {
      logger.info("TLS: clients must show a certificate of X.509 version 3");
    }
    const client = this.#client = started.adopt(newJsonClient(options), (each) => each.close());
    logger.info(daemonVersionLine("nsqd"));
    logger.info(`ID: ${options.nodeId}`);

    await using opened = new AsyncDisposableStack();
    const doors = this.#doors = await this.#openDoors(upgrader, client);
    opened.defer(() => doors.close());
    opened.defer(() => this.consumers.stop()); // else closing would wait for them
    signal.throwIfAborted();
    await this.#load();
    started.defer(() => this.#putOnDisk());
    this.options = withListeningPorts(options, this.tcpPort(), this.httpPort());
    const discovery = this.#discovery = this.#newDiscovery(client);
    started.defer(() => discovery.stop());
    discovery.setAddresses(options.nsqlookupdTcpAddresses);
    if (options.statsdAddress !== "") this.#startStatsd(started);
    started.use(opened.move()); // clients leave before anything else goes
    doors.serve();
    this.#running = started.move();
  }

  /** What is read again while it runs. */
  reloadables(): Reloadable[] {
    const { options } = this;
    const { policyFiles, tlsCert, tlsKey, tlsRootCaFile } = options;
    const { httpClientAuthSecretFile: secretFile } = options;
    const certificates = [tlsCert, tlsKey, tlsRootCaFile].filter((path) => path !== "");
    return [
      { what: "policies", files: policyFiles, reload: () => this.policies.reload() },
      ...certificates.length === 0
        ? []
        : [{ what: "certificates", files: certificates, reload: () => this.#reloadCertificates() }],
      ...this.guard === null ? [] : [this.guard.reloadable()],
      ...secretFile === "" ? [] : [{
        what: "secret for lookupds",
        files: [secretFile],
        reload: () => void (this.#secret = bearerFrom(secretFile)),
      }],
    ];
  }

  /**
   * Stops listening, closes all connections, puts every message on disk, gives the data path free.
   * @throws IncompleteStop when all is done but for what the disk did not take
   */
  stop(): Promise<void> {
    return this.#stopping ??= this.#stop();
  }

  tcpPort(): number {
    return this.#doors?.tcp.port ?? 0;
  }

  httpPort(): number {
    return this.#doors?.httpPort ?? 0;
  }

  connectionCount(): number {
    return this.#doors?.tcp.connections.size ?? 0;
  }

  ioThreads(): readonly IoThreadFigures[] {
    return this.#doors?.tcp.threads ?? [];
  }

  readiness(): string {
    if (this.#stopping !== null) return "stopping";
    if (this.#running === null) return "starting";
    return this.broker.draining ? "draining" : this.#diskProbe.judge(this.broker.health());
  }

  persistMetadata(): Promise<void> {
    return this.#metadata.persist();
  }

  producers(topic: string): ClientStats[] {
    return this.#doors?.tcp.producers(topic) ?? [];
  }

  configure(...[name, value]: ConfigChange): void {
    if (name === "log_level") this.logger.level = this.options.logLevel = value;
    else {
      this.options.nsqlookupdTcpAddresses = value;
      this.#discovery?.setAddresses(value);
    }
  }

  async #stop(): Promise<void> {
    this.drain.stop();
    this.process.stop();
    try {
      await this.#running?.disposeAsync();
    } finally {
      this.logger.info("NSQ: bye");
    }
  }

  async #takeDataPath(started: AsyncDisposableStack): Promise<void> {
    const isUndone = () => this.#running === null;
    try {
      if (this.options.dataPathCreate) {
        const remove = await makeDirectory(this.#dataPath);
        started.defer(async () => {
          if (isUndone()) await remove();
        });
      }
      const lock = await DataPathLock.acquire(this.#dataPath);
      started.defer(() => lock.release());
    } catch (error) {
      throw new Error(`failed to lock data-path: ${(error as Error).message}`, { cause: error });
    }
    await this.#diskProbe.removeLeft();
    started.defer(() => {
      if (!isUndone()) this.logger.info("NSQ: stopping subsystems");
      this.#scheduler.stop();
    });
  }

  /** Certificates that were tried; null without TLS. @throws Error that says what is wrong with them */
  async #readCertificates(): Promise<TlsSettings | null> {
    const settings = readTlsSettings(this.options);
    if (settings === null) return null;
    await checkCertificate(settings);
    for (const warning of settings.warnings) this.logger.warn(`TLS: ${warning}`);
    return settings;
  }

  async #reloadCertificates(): Promise<void> {
    const settings = await this.#readCertificates();
    this.#client?.useCertificates(authorities(this.options));
    if (settings !== null) this.#doors?.useTls(settings);
  }

  #openDoors(tls: TlsUpgrader | null, client: JsonClient): Promise<FrontDoors> {
    const { options, logger, broker } = this;
    const authorizer = this.#newAuthorizer(client);
    // Where there are tokens for HTTP, these decide, and the auth server decides of connections.
    this.access = new HttpAccess(this.guard === null ? authorizer : null);
    const tcp = { options, broker, logger, scheduler: this.#scheduler, tls, authorizer };
    return FrontDoors.open({ options, logger, tcp, api: createNsqdApi(this), tls });
  }

  /** The queues that it opens are not closed when it fails: closing writes. They end with the process. */
  async #load(): Promise<void> {
    try {
      const topics = await this.#durable.convert(this.#metadata.read());
      this.#filesAtStart = indexFiles(this.#files, this.#dataPath);
      await this.#durable.loading(() => this.#metadata.load(topics));
    } catch (error) {
      throw new Error(`failed to load metadata - ${(error as Error).message}`, { cause: error });
    }
    await this.#metadata.persist().catch((error) => {
      throw new Error(`failed to persist metadata - ${error.message}`, { cause: error });
    });
    await this.#durable.removeSuperfluous();
  }

  /** @throws IncompleteStop when the disk does not take everything */
  async #putOnDisk(): Promise<void> {
    const { logger } = this;
    await this.#metadata.persist().catch((error) =>
      logger.error(`failed to persist metadata - ${error.message}`)
    );
    logger.info("NSQ: closing topics");
    const unwritten = await closeBroker(this.broker, logger);
    if (unwritten !== null) throw unwritten;
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
      authorization: () => this.#secret,
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

  #startStatsd(started: AsyncDisposableStack): void {
    const reporter = new StatsdReporter({
      options: this.options,
      logger: this.logger,
      topics: () => this.broker.stats("", "", false) ?? [],
      memory: memoryStats,
      commits: () => this.broker.journalFigures?.commits ?? null,
      openSocket: openDatagramSocket,
      nowMs: () => performance.now(),
      sleep: wait,
    });
    reporter.start();
    started.defer(() => reporter.stop());
  }

  #openDisk(name: string, onHealth: (error: Error | null) => void): DiskQueue {
    const queue = { ...this.#queueOptions(name), barrier: this.broker.barrier, onHealth };
    if (this.#openedQueues.has(name)) return DiskQueue.open(queue);
    this.#openedQueues.add(name);
    return DiskQueue.open({ ...queue, index: this.#filesAtStart });
  }

  #queueOptions(name: string) {
    const { options } = this;
    return {
      name,
      dataPath: this.#dataPath,
      maxBytesPerFile: options.maxBytesPerFile,
      minRecordBytes: DISK_MESSAGE_OVERHEAD_BYTES,
      usualRecordBytes: options.maxMsgSizeBytes + DISK_MESSAGE_OVERHEAD_BYTES,
      syncEvery: options.syncEvery,
      syncTimeoutMs: options.syncTimeoutMs,
      files: this.#files,
      timers: systemTimers,
      space: this.#diskSpace,
      logger: this.logger,
    };
  }

  #persistInBackground(): void {
    if (this.#stopping !== null) return;
    this.#metadata.persist().catch((error) =>
      this.logger.error(`failed to persist metadata - ${error.message}`)
    );
  }
}

function retentionLimits({ retainAgeMs, retainBytes }: NsqdOptions): RetentionLimits {
  return {
    ...(retainAgeMs > 0 && { ageMs: retainAgeMs }),
    ...(retainBytes > 0 && { bytes: retainBytes }),
  };
}

/** @throws Error if the file of authorities is none */
function newJsonClient(options: NsqdOptions): JsonClient {
  return new JsonClient({
    connectTimeoutMs: options.httpClientConnectTimeoutMs,
    requestTimeoutMs: options.httpClientRequestTimeoutMs,
    ...authorities(options),
  });
}

/** @throws Error if the file of authorities is none */
function authorities({ tlsRootCaFile: path }: NsqdOptions): Certificates {
  try {
    return path === "" ? {} : { caCerts: readAuthorities(path) };
  } catch (error) {
    throw new Error(`--tls-root-ca-file: ${(error as Error).message}`, { cause: error });
  }
}
