/** A console, and the daemons that it asks. */
import { equal } from "../harness/assert.ts";
import {
  eventually,
  type Lookupd,
  type Nsqd,
  startLookupd,
  startNsqd,
  startTool,
  type Tool,
} from "../harness/mod.ts";

/** Starts a console on a free port and waits until it answers. */
export async function startAdmin(...flags: string[]): Promise<Tool> {
  const admin = startTool("nsqadmin", "--http-address=127.0.0.1:0", ...flags);
  try {
    const line = await admin.waitForLog(/ HTTP: listening on /);
    admin.httpPort = Number(/:(\d+)$/.exec(line)?.[1]);
  } catch (error) {
    await admin.abandon();
    throw error;
  }
  return admin;
}

/** An answer with its JSON read. */
export interface JsonAnswer {
  readonly status: number;
  // deno-lint-ignore no-explicit-any
  readonly json: any;
}

/** Asks the console; a body is sent as JSON. */
export async function ask(
  admin: Tool,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<JsonAnswer> {
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await admin.http(path, { method, headers, ...init });
  const text = await response.text();
  return { status: response.status, json: text === "" ? "" : JSON.parse(text) };
}

/** Lookupds, nsqds that have registered with them, and a console that asks them. */
export class TestCluster {
  readonly lookupds: Lookupd[] = [];
  readonly nsqds: Nsqd[] = [];
  readonly #admins: Tool[] = [];

  static async start(size: { lookupds: number; nsqds: number }): Promise<TestCluster> {
    const cluster = new TestCluster();
    try {
      for (let at = 0; at < size.lookupds; at++) cluster.lookupds.push(await startLookupd());
      const flags = cluster.lookupds.map(({ tcpPort }) =>
        `--lookupd-tcp-address=127.0.0.1:${tcpPort}`
      );
      for (let at = 0; at < size.nsqds; at++) {
        cluster.nsqds.push(await startNsqd({ flags: ["--broadcast-address=127.0.0.1", ...flags] }));
      }
      for (const lookupd of cluster.lookupds) {
        await eventually(async () => equal((await lookupd.nodes()).length, size.nsqds));
      }
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
    return cluster;
  }

  /** A console that asks the lookupds. */
  admin(...flags: string[]): Promise<Tool> {
    const addresses = this.lookupds.map(({ httpPort }) =>
      `--lookupd-http-address=127.0.0.1:${httpPort}`
    );
    return this.#started(startAdmin(...addresses, ...flags));
  }

  /** A console that asks the nsqds. */
  directAdmin(...flags: string[]): Promise<Tool> {
    const addresses = this.nsqds.map(({ httpPort }) => `--nsqd-http-address=127.0.0.1:${httpPort}`);
    return this.#started(startAdmin(...addresses, ...flags));
  }

  /** What an nsqd is called. */
  nodeName(at: number): string {
    return `127.0.0.1:${this.nsqds[at]!.httpPort}`;
  }

  /** Makes a topic with channels on some nsqds, and waits until the lookupds know. */
  async create(topic: string, channels: string[], on: readonly number[]): Promise<void> {
    for (const at of on) await this.nsqds[at]!.create(topic, ...channels);
    for (const lookupd of this.lookupds) {
      await eventually(async () => {
        equal((await lookupd.producers(topic)).length, on.length);
        equal((await lookupd.channels(topic)).length, channels.length);
      });
    }
  }

  async #started(starting: Promise<Tool>): Promise<Tool> {
    const admin = await starting;
    this.#admins.push(admin);
    return admin;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const daemon of [...this.#admins, ...this.nsqds, ...this.lookupds]) {
      await daemon[Symbol.asyncDispose]();
    }
  }
}
