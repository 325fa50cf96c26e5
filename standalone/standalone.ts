import { Admin } from "../admin/server.ts";
import { loggerOf } from "../lib/cli/log_options.ts";
import { joinHostPort, parseHostPort } from "../lib/net/host_port.ts";
import type { Logger } from "../lib/log/logger.ts";
import type { Reloadable } from "../lib/process/reloading.ts";
import { Nsqd } from "../lib/nsqd/nsqd.ts";
import { Lookupd } from "../lookupd/lookupd.ts";
import type { StandaloneOptions } from "./options.ts";

/** A lookupd, a console that asks it, and a broker that registers with it. */
export class Standalone {
  /** The broker's. */
  readonly logger: Logger;
  readonly #options: StandaloneOptions;
  readonly #say: (text: string) => void;
  /** Undoes the start, last step first; null before it has succeeded. */
  #running: AsyncDisposableStack | null = null;
  #reloadables: readonly Reloadable[] = [];
  /** Set once all three run. */
  #setLogLevels: ((options: StandaloneOptions) => void) | null = null;
  #stopping: Promise<void> | null = null;
  readonly #done = Promise.withResolvers<string>();

  /** @param say tells the user where everything is, in one line */
  constructor(options: StandaloneOptions, say: (text: string) => void) {
    this.#options = options;
    this.#say = say;
    this.logger = loggerOf(options.nsqd);
  }

  /** Resolves when the broker was drained: without it there is nothing to do. */
  get done(): Promise<string> {
    return this.#done.promise;
  }

  /** Starts all of it. @throws Error with a message for the user; nothing runs then */
  async start(signal: AbortSignal): Promise<void> {
    const { dataPath, lookupd: lookupdOptions } = this.#options;
    await using started = new AsyncDisposableStack();
    const lookupdLogger = loggerOf(lookupdOptions);
    const lookupd = new Lookupd(lookupdOptions, lookupdLogger);
    await lookupd.start(signal);
    started.defer(() => lookupd.stop());
    const admin = this.#newAdmin(lookupd);
    await admin.start(signal);
    started.defer(() => admin.stop());
    const nsqd = this.#newNsqd(lookupd);
    await nsqd.start(signal); // last, as only it touches the disk
    started.defer(() => nsqd.stop());
    void nsqd.done.then(this.#done.resolve);
    const at = await Deno.realPath(dataPath);
    this.#reloadables = [lookupd, admin, nsqd].flatMap((each) => each.reloadables());
    this.#setLogLevels = (options) => {
      lookupdLogger.level = options.lookupd.logLevel;
      admin.setLogLevel(options.admin.logLevel);
      nsqd.configure("log_level", options.nsqd.logLevel);
    };
    this.#running = started.move();
    this.#say(
      `broker on ${this.#host}, ports ${nsqd.tcpPort()} (TCP) and ${nsqd.httpPort()} (HTTP); ` +
        `lookupd on ports ${lookupd.tcpPort} (TCP) and ${lookupd.httpPort} (HTTP); ` +
        `console on http://${joinHostPort(this.#adminHost, admin.httpPort)}/; ` +
        `data in ${at}; Ctrl-C ends all`,
    );
  }

  /** Of all three, as `options` have it, and of nothing else in them. */
  setLogLevels(options: StandaloneOptions): void {
    this.#setLogLevels?.(options);
  }

  /** Of all three. */
  reloadables(): readonly Reloadable[] {
    return this.#reloadables;
  }

  /** Stops the broker, whose messages go to disk, then the console and lookupd. */
  stop(): Promise<void> {
    return this.#stopping ??= this.#running?.disposeAsync() ?? Promise.resolve();
  }

  /** As given, an IPv6 address in brackets. */
  get #host(): string {
    const { tcpAddress } = this.#options.lookupd;
    return tcpAddress.slice(0, tcpAddress.lastIndexOf(":"));
  }

  get #adminHost(): string {
    const [address = ""] = this.#options.admin.nsqlookupdHttpAddresses;
    return parseHostPort(address)!.hostname;
  }

  #newNsqd(lookupd: Lookupd): Nsqd {
    const options = this.#options.nsqd;
    const ours = `${this.#host}:${lookupd.tcpPort}`;
    const nsqlookupdTcpAddresses = [ours, ...options.nsqlookupdTcpAddresses];
    return new Nsqd({ ...options, nsqlookupdTcpAddresses }, this.logger);
  }

  #newAdmin(lookupd: Lookupd): Admin {
    const options = this.#options.admin;
    const nsqlookupdHttpAddresses = [joinHostPort(this.#adminHost, lookupd.httpPort)];
    return new Admin({ ...options, nsqlookupdHttpAddresses }, loggerOf(options));
  }
}
