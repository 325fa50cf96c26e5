import { createLogger } from "../lib/log/logger.ts";
import { Nsqd } from "../lib/nsqd/nsqd.ts";
import { Lookupd } from "../lookupd/lookupd.ts";
import type { StandaloneOptions } from "./options.ts";

/** A lookupd and a broker that registers with it. */
export class Standalone {
  readonly #options: StandaloneOptions;
  readonly #lookupd: Lookupd;
  #nsqd: Nsqd | null = null;
  #stopping: Promise<void> | null = null;

  constructor(options: StandaloneOptions) {
    this.#options = options;
    this.#lookupd = new Lookupd(options.lookupd, loggerOf(options.lookupd));
  }

  /**
   * Starts both.
   * @returns what to tell the user
   * @throws Error with a message for the user; nothing runs then
   */
  async start(): Promise<string> {
    const { nsqd: options, lookupd: { tcpAddress }, dataPath } = this.#options;
    await this.#lookupd.start();
    try {
      await Deno.mkdir(dataPath, { recursive: true });
      const host = tcpAddress.slice(0, tcpAddress.lastIndexOf(":"));
      const lookupd = `${host}:${this.#lookupd.tcpPort}`;
      const nsqdOptions = {
        ...options,
        nsqlookupdTcpAddresses: [lookupd, ...options.nsqlookupdTcpAddresses],
      };
      const nsqd = this.#nsqd = new Nsqd(nsqdOptions, loggerOf(options));
      await nsqd.start();
      return `broker on ${host}, ports ${nsqd.tcpPort()} (TCP) and ${nsqd.httpPort()} (HTTP); ` +
        `lookupd on ports ${this.#lookupd.tcpPort} (TCP) and ${this.#lookupd.httpPort} (HTTP); ` +
        `data in ${await Deno.realPath(dataPath)}; Ctrl-C ends both`;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Stops the broker, whose messages go to disk, then lookupd. */
  stop(): Promise<void> {
    return this.#stopping ??= this.#stop();
  }

  async #stop(): Promise<void> {
    try {
      await this.#nsqd?.stop();
    } finally {
      await this.#lookupd.stop();
    }
  }
}

function loggerOf(options: {
  logLevel: StandaloneOptions["nsqd"]["logLevel"];
  logPrefix: string;
  logFormat: StandaloneOptions["nsqd"]["logFormat"];
}) {
  const { logLevel: level, logPrefix: prefix, logFormat: format } = options;
  return createLogger({ level, prefix, format });
}
