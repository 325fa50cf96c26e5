import { Admin } from "../admin/server.ts";
import { joinHostPort, parseHostPort } from "../lib/cli/host_port.ts";
import { loggerOf } from "../lib/cli/log_options.ts";
import { Nsqd } from "../lib/nsqd/nsqd.ts";
import { Lookupd } from "../lookupd/lookupd.ts";
import type { StandaloneOptions } from "./options.ts";

/** A lookupd, a broker that registers with it, and a console that asks it. */
export class Standalone {
  readonly #options: StandaloneOptions;
  readonly #lookupd: Lookupd;
  #nsqd: Nsqd | null = null;
  #admin: Admin | null = null;
  #stopping: Promise<void> | null = null;

  constructor(options: StandaloneOptions) {
    this.#options = options;
    this.#lookupd = new Lookupd(options.lookupd, loggerOf(options.lookupd));
  }

  /**
   * Starts all of it.
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
      const console = this.#startAdmin();
      return `broker on ${host}, ports ${nsqd.tcpPort()} (TCP) and ${nsqd.httpPort()} (HTTP); ` +
        `lookupd on ports ${this.#lookupd.tcpPort} (TCP) and ${this.#lookupd.httpPort} (HTTP); ` +
        `console on ${console}; ` +
        `data in ${await Deno.realPath(dataPath)}; Ctrl-C ends all`;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** @returns where a browser finds the console */
  #startAdmin(): string {
    const options = this.#options.admin;
    const [address = ""] = options.nsqlookupdHttpAddresses;
    const host = parseHostPort(address)!.hostname;
    const admin = this.#admin = new Admin(
      { ...options, nsqlookupdHttpAddresses: [joinHostPort(host, this.#lookupd.httpPort)] },
      loggerOf(options),
    );
    admin.start();
    return `http://${joinHostPort(host, admin.httpPort)}/`;
  }

  /** Stops the console, the broker, whose messages go to disk, then lookupd. */
  stop(): Promise<void> {
    return this.#stopping ??= this.#stop();
  }

  async #stop(): Promise<void> {
    try {
      await this.#admin?.stop();
      await this.#nsqd?.stop();
    } finally {
      await this.#lookupd.stop();
    }
  }
}
