import { drain } from "../../lib/client/mod.ts";
import type { Leaving, ReplaceableCluster } from "./upgrade.ts";
import { type Lookupd, type Nsqd, startLookupd, startNsqd } from "../../tests/harness/mod.ts";

/** How daemons of a kind are started: executable and its first arguments. */
export interface Programs {
  readonly name: string;
  readonly nsqd: readonly string[];
  readonly nsqlookupd: readonly string[];
}

/** What a broker keeps in memory, in messages of each topic and channel: little, so that the disk has its part in it. */
const MEM_QUEUE_SIZE = 200;

/** A cluster of processes on this machine. */
export class Cluster implements ReplaceableCluster, AsyncDisposable {
  readonly size: ReplaceableCluster["size"];
  /** What is started from now on. */
  programs: Programs;
  readonly #lookupds: Lookupd[] = [];
  readonly #nsqds: Nsqd[] = [];
  readonly #dataPaths: string[] = [];

  private constructor(programs: Programs, size: ReplaceableCluster["size"]) {
    this.programs = programs;
    this.size = size;
  }

  static async start(programs: Programs, size: ReplaceableCluster["size"]): Promise<Cluster> {
    const cluster = new Cluster(programs, size);
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

  async create(topic: string, channels: readonly string[]): Promise<void> {
    for (const nsqd of this.#nsqds) await nsqd.create(topic, ...channels);
  }

  async replaceLookupd(at: number): Promise<void> {
    const { tcpPort, httpPort } = this.#lookupds[at]!;
    await this.#lookupds[at]!.stop();
    this.#lookupds[at] = await startLookupd({
      command: this.programs.nsqlookupd,
      ports: { tcp: tcpPort, http: httpPort },
    });
  }

  async replaceNsqd(at: number, how: Leaving): Promise<number> {
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
      command: this.programs.nsqd,
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
