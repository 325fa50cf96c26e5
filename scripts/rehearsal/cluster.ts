import { drain } from "../../lib/client/mod.ts";
import { type Lookupd, type Nsqd, startLookupd, startNsqd } from "../../tests/harness/mod.ts";

/** How daemons of a kind are started: executable and its first arguments. */
export interface Programs {
  readonly name: string;
  readonly nsqd: readonly string[];
  readonly nsqlookupd: readonly string[];
}

/** What a broker keeps in memory, in messages of each topic and channel: little, so that the disk has its part in it. */
const MEM_QUEUE_SIZE = 200;

/** A cluster whose daemons are replaced one by one; each keeps its ports, its data and its flags. */
export class Cluster implements AsyncDisposable {
  readonly #lookupds: Lookupd[] = [];
  readonly #nsqds: Nsqd[] = [];
  readonly #dataPaths: string[] = [];

  static async start(programs: Programs, size: { lookupds: number; nsqds: number }) {
    const cluster = new Cluster();
    try {
      for (let at = 0; at < size.lookupds; at++) {
        cluster.#lookupds.push(await startLookupd({ command: programs.nsqlookupd }));
      }
      for (let at = 0; at < size.nsqds; at++) {
        const dataPath = await Deno.makeTempDir({ prefix: "nsq-rehearsal-" });
        cluster.#dataPaths.push(dataPath);
        cluster.#nsqds.push(
          await startNsqd({ command: programs.nsqd, dataPath, flags: cluster.#flags() }),
        );
      }
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
    return cluster;
  }

  /** HTTP addresses. */
  get lookupd(): string[] {
    return this.#lookupds.map(({ httpPort }) => `127.0.0.1:${httpPort}`);
  }

  /** Makes a topic and its channels on all brokers: a channel has what is published after it was made. */
  async create(topic: string, channels: readonly string[]): Promise<void> {
    for (const nsqd of this.#nsqds) await nsqd.create(topic, ...channels);
  }

  async replaceLookupd(at: number, programs: Programs): Promise<void> {
    const { tcpPort, httpPort } = this.#lookupds[at]!;
    await this.#lookupds[at]!.stop();
    this.#lookupds[at] = await startLookupd({
      command: programs.nsqlookupd,
      ports: { tcp: tcpPort, http: httpPort },
    });
  }

  /**
   * Ends a broker, and starts another in its place.
   * @param how `drain`: when all that it held is consumed; `stop`: at once, and what it held is on its disk
   * @returns messages that it had left
   */
  async replaceNsqd(at: number, programs: Programs, how: "drain" | "stop"): Promise<number> {
    const old = this.#nsqds[at]!;
    const { tcpPort, httpPort } = old;
    let left = 0;
    if (how === "drain") {
      left = (await drain(`127.0.0.1:${httpPort}`)).messageCount;
      const code = await old.ended();
      if (code !== 0) throw new Error(`a drained broker ended with ${code}:\n${old.log()}`);
    } else {
      left = (await old.topics()).flatMap(({ depth, channels }) => [
        depth,
        ...channels.map((each) => each.depth + each.in_flight_count + each.deferred_count),
      ]).reduce((sum, count) => sum + count, 0);
      await old.stop();
    }
    this.#nsqds[at] = await startNsqd({
      command: programs.nsqd,
      dataPath: this.#dataPaths[at]!,
      flags: [
        ...this.#flags(),
        `--tcp-address=127.0.0.1:${tcpPort}`,
        `--http-address=127.0.0.1:${httpPort}`,
      ],
    });
    return left;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const daemon of [...this.#nsqds, ...this.#lookupds]) await daemon.abandon();
    for (const path of this.#dataPaths) await Deno.remove(path, { recursive: true });
  }

  #flags(): string[] {
    return [
      "--broadcast-address=127.0.0.1",
      `--mem-queue-size=${MEM_QUEUE_SIZE}`,
      ...this.#lookupds.map(({ tcpPort }) => `--lookupd-tcp-address=127.0.0.1:${tcpPort}`),
    ];
  }
}
