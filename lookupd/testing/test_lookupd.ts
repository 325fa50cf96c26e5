/** A lookupd without sockets, whose clock stands until it is moved: for unit tests. */

import { createLogger } from "../../lib/log/logger.ts";
import { Counters } from "../counters.ts";
import { createLookupdApi } from "../http/api.ts";
import type { LookupdOptions } from "../option_table.ts";
import { Registry } from "../registry/registry.ts";
import { Session } from "../tcp/session.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class TestLookupd {
  nowMs = 0;
  /** What `/health/ready` says. */
  ready = "OK";
  readonly logged: string[] = [];
  readonly registry = new Registry();
  readonly commands = new Counters();
  readonly #api;
  readonly #shared;

  constructor(options: Partial<LookupdOptions> = {}) {
    const write = (line: Uint8Array) => void this.logged.push(decoder.decode(line).trimEnd());
    const { registry, commands } = this;
    this.#shared = {
      registry,
      commands,
      logger: createLogger({ level: options.logLevel ?? 2, prefix: "", format: "text", write }),
      clock: { monotonicMs: () => this.nowMs, unixMs: () => this.nowMs + 1_700_000_000_000 },
      options: {
        logLevel: 2 as const,
        logPrefix: "",
        logFormat: "text" as const,
        tcpAddress: "127.0.0.1:4160",
        httpAddress: "127.0.0.1:4161",
        httpAuthFile: "",
        broadcastAddress: "lookup.example.com",
        inactiveProducerTimeoutMs: 300_000,
        tombstoneLifetimeMs: 45_000,
        ...options,
      },
    };
    this.#api = createLookupdApi({
      ...this.#shared,
      requests: new Counters(),
      guard: null,
      process: { families: () => Promise.resolve([]) },
      connectionCount: () => 0,
      readiness: () => this.ready,
    });
  }

  /** What a session needs. */
  get context() {
    return { ...this.#shared, tcpPort: () => 4160, httpPort: () => 4161 };
  }

  /** A session of an nsqd that has identified itself by this name, and sent these commands. */
  async session(name: string, ...lines: string[]): Promise<Session> {
    const session = new Session(`${name}:1`, this.context);
    const body = encoder.encode(
      `{"broadcast_address":"${name}","tcp_port":1,"http_port":2,"version":"1.3.0"}`,
    );
    const size = new Uint8Array(4);
    new DataView(size.buffer).setInt32(0, body.length);
    const pieces = [size, body];
    await session.execute("IDENTIFY", () => Promise.resolve(pieces.shift() ?? null));
    for (const line of lines) await session.execute(line, () => Promise.resolve(null));
    return session;
  }

  async fetch(method: string, path: string): Promise<Response> {
    const request = new Request(`http://a${path}`, { method });
    return await this.#api.handle(request, { remoteAddress: "127.0.0.1:9" });
  }

  /** Status and body of an answer. */
  async answer(method: string, path: string): Promise<string> {
    const response = await this.fetch(method, path);
    return `${response.status} ${await response.text()}`;
  }

  /** The producers that `/lookup` or `/nodes` names. */
  async producers(path: string): Promise<string[]> {
    const { producers } = await (await this.fetch("GET", path)).json();
    return producers.map((each: { broadcast_address: string }) => each.broadcast_address);
  }
}
