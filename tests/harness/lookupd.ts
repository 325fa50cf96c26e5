/** One lookupd process, and a raw client of its TCP protocol. */
import { equal, fail } from "./assert.ts";
import { Daemon } from "./daemon.ts";
import { withDeadline } from "./eventually.ts";
import { reservePort } from "./ports.ts";
import { lookupdCommand, projectFolder } from "./target.ts";
import { type Chunk, concat, sized, text } from "./wire.ts";

const ANSWER_DEADLINE_MS = 60_000;
const MAGIC_V1 = "  V1";

/** What `/lookup` and `/nodes` tell of a producer. */
export interface ProducerFigures {
  remote_address: string;
  hostname: string;
  broadcast_address: string;
  tcp_port: number;
  http_port: number;
  version: string;
  topology_zone: string;
  topology_region: string;
  tombstones?: boolean[];
  topics?: string[];
}

/** A running lookupd. */
export class Lookupd extends Daemon {
  constructor(child: Deno.ChildProcess) {
    super("nsqlookupd", child);
  }

  /** The JSON that a GET gives. */
  async get<T>(path: string): Promise<T> {
    const response = await this.http(path);
    equal(response.status, 200, path);
    return await response.json();
  }

  /** Names of the producers that consumers of a topic are told of, sorted. */
  async producers(topic: string): Promise<string[]> {
    const path = `/lookup?topic=${encodeURIComponent(topic)}`;
    const { producers } = await this.get<{ producers: ProducerFigures[] }>(path);
    return producers.map((each) => each.broadcast_address).sort();
  }

  async nodes(): Promise<ProducerFigures[]> {
    return (await this.get<{ producers: ProducerFigures[] }>("/nodes")).producers;
  }

  async topics(): Promise<string[]> {
    return (await this.get<{ topics: string[] }>("/topics")).topics.sort();
  }

  async channels(topic: string): Promise<string[]> {
    const path = `/channels?topic=${encodeURIComponent(topic)}`;
    return (await this.get<{ channels: string[] }>(path)).channels.sort();
  }
}

/** Starts a lookupd on ports of its own and waits until it answers. */
export async function startLookupd(
  { flags = [], ports = { tcp: reservePort(), http: reservePort() }, command = lookupdCommand() }: {
    flags?: readonly string[];
    /** Executable and its first arguments; default: the lookupd under test. */
    command?: readonly string[];
    /** For one that takes the place of another. */
    ports?: { tcp: number; http: number };
  } = {},
): Promise<Lookupd> {
  const [executable = fail("no command"), ...first] = command;
  const addresses = [
    `--tcp-address=127.0.0.1:${ports.tcp}`,
    `--http-address=127.0.0.1:${ports.http}`,
    "--broadcast-address=127.0.0.1",
  ];
  const child = new Deno.Command(executable, {
    args: [...first, ...addresses, ...flags],
    cwd: projectFolder,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const lookupd = new Lookupd(child);
  try {
    await lookupd.started();
  } catch (error) {
    await lookupd.abandon();
    throw error;
  }
  return lookupd;
}

/** A connection as an nsqd has it: sends commands, hands out the answers' data. */
export class Registrant {
  readonly #conn: Deno.TcpConn;
  #received = new Uint8Array(0);

  private constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  static async connect(port: number, magic: Chunk = MAGIC_V1): Promise<Registrant> {
    const registrant = new Registrant(await Deno.connect({ hostname: "127.0.0.1", port }));
    await registrant.send(magic);
    return registrant;
  }

  /** One that has said who it is: `name` is its broadcast address. */
  static async identified(
    port: number,
    name: string,
    more: Record<string, unknown> = {},
  ): Promise<Registrant> {
    const registrant = await Registrant.connect(port);
    const answer = await registrant.identify({ broadcast_address: name, ...more });
    JSON.parse(answer);
    return registrant;
  }

  async send(...chunks: Chunk[]): Promise<void> {
    let rest = concat(...chunks);
    while (rest.length > 0) rest = rest.subarray(await this.#conn.write(rest));
  }

  /** Sends IDENTIFY with usual fields and those given; the answer. */
  async identify(fields: Record<string, unknown>): Promise<string> {
    const usual = { hostname: "host", tcp_port: 4150, http_port: 4151, version: "1.3.0" };
    await this.send("IDENTIFY\n", sized(JSON.stringify({ ...usual, ...fields })));
    return await this.answer() ?? fail("IDENTIFY was not answered");
  }

  /** Sends a line; the data of the answer, undefined when the connection ends instead. */
  async ask(line: string): Promise<string | undefined> {
    await this.send(`${line}\n`);
    return await this.answer();
  }

  /** Sends lines of which each must be answered by OK. */
  async command(...lines: string[]): Promise<void> {
    for (const line of lines) equal(await this.ask(line), "OK", line);
  }

  /** The data of the next answer; undefined when the connection ends instead. */
  answer(): Promise<string | undefined> {
    return withDeadline(this.#answer(), ANSWER_DEADLINE_MS, "an answer or the end");
  }

  closeWrite(): Promise<void> {
    return this.#conn.closeWrite();
  }

  close(): void {
    this.#conn.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #answer(): Promise<string | undefined> {
    for (;;) {
      const bytes = this.#received;
      const end = bytes.length < 4
        ? Infinity
        : 4 + new DataView(bytes.buffer, bytes.byteOffset).getInt32(0);
      if (end <= bytes.length) {
        this.#received = bytes.slice(end);
        return text(bytes.subarray(4, end));
      }
      const piece = new Uint8Array(16 * 1024);
      const count = await this.#conn.read(piece);
      if (count === null) return undefined;
      this.#received = concat(bytes, piece.subarray(0, count));
    }
  }
}
