/** One nsqd process: started with ephemeral ports, watched through its log, ended by its own process id. */
import { equal, fail } from "./assert.ts";
import { withDeadline } from "./eventually.ts";
import { projectFolder, targetCommand } from "./target.ts";

const START_DEADLINE_MS = 20_000;
const STOP_DEADLINE_MS = 15_000;
const LOG_DEADLINE_MS = 10_000;

/** How an nsqd is started. */
export interface NsqdSettings {
  /** Beyond the addresses and the data path. */
  flags?: readonly string[];
  /** Kept by the caller; default: a temporary directory that goes with the process. */
  dataPath?: string;
  /** Executable and its first arguments; default: the nsqd under test. */
  command?: readonly string[];
}

/** How a process ended that was not expected to stay. */
export interface Outcome {
  code: number;
  stderr: string;
}

/** Figures of a topic, as `/stats?format=json` names them. */
export interface TopicFigures {
  topic_name: string;
  depth: number;
  backend_depth: number;
  message_count: number;
  message_bytes: number;
  paused: boolean;
  channels: ChannelFigures[];
}

/** Figures of a channel, as `/stats?format=json` names them. */
export interface ChannelFigures {
  channel_name: string;
  depth: number;
  backend_depth: number;
  in_flight_count: number;
  deferred_count: number;
  message_count: number;
  requeue_count: number;
  timeout_count: number;
  client_count: number;
  clients: Record<string, unknown>[] | null;
  paused: boolean;
  zone_local_msg_count?: number;
  region_local_msg_count?: number;
  global_msg_count?: number;
}

/** A running nsqd. */
export class Nsqd {
  readonly dataPath: string;
  readonly logLines: string[] = [];
  tcpPort = 0;
  httpPort = 0;
  readonly #child: Deno.ChildProcess;
  readonly #logRead: Promise<void>;
  readonly #ownsDataPath: boolean;
  #status: Deno.CommandStatus | undefined;
  #endedByTest = false;
  #logWatchers: (() => void)[] = [];

  constructor(child: Deno.ChildProcess, dataPath: string, ownsDataPath: boolean) {
    this.#child = child;
    this.dataPath = dataPath;
    this.#ownsDataPath = ownsDataPath;
    this.#logRead = this.#readLog();
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Calls the HTTP API. */
  http(path: string, init?: RequestInit): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.httpPort}${path}`, init);
  }

  /** POSTs to the HTTP API and expects status 200. */
  async post(path: string, body?: BodyInit): Promise<void> {
    const response = await this.http(path, { method: "POST", ...(body !== undefined && { body }) });
    const answer = await response.text();
    equal(response.status, 200, `${path}: ${answer}`);
  }

  /** Makes a topic and these channels of it. */
  async create(topic: string, ...channels: string[]): Promise<void> {
    await this.post(`/topic/create?topic=${encodeURIComponent(topic)}`);
    for (const channel of channels) {
      const names = new URLSearchParams({ topic, channel });
      await this.post(`/channel/create?${names}`);
    }
  }

  /** Figures of the topics; `topic` selects one. */
  async topics(topic = ""): Promise<TopicFigures[]> {
    const response = await this.http(`/stats?format=json&topic=${encodeURIComponent(topic)}`);
    const stats: { topics: TopicFigures[] | null } = await response.json();
    return stats.topics ?? [];
  }

  /** Figures of one topic. @throws {Error} when it does not exist. */
  async topic(name: string): Promise<TopicFigures> {
    return (await this.topics(name))[0] ?? fail(`no topic ${name}`);
  }

  /** Figures of one channel. @throws {Error} when it does not exist. */
  async channel(topic: string, channel: string): Promise<ChannelFigures> {
    const { channels } = await this.topic(topic);
    return channels.find((each) => each.channel_name === channel) ?? fail(`no channel ${channel}`);
  }

  /** The first log line, past or to come, that matches. @throws {Error} when none comes in time. */
  waitForLog(pattern: RegExp, timeoutMs = LOG_DEADLINE_MS): Promise<string> {
    const found = new Promise<string>((resolve, reject) => {
      const look = () => {
        const line = this.logLines.find((each) => pattern.test(each));
        if (line !== undefined) resolve(line);
        else if (this.#status === undefined) this.#logWatchers.push(look);
        else reject(new Error(`nsqd ended without logging ${pattern}:\n${this.log()}`));
      };
      look();
    });
    return withDeadline(found, timeoutMs, `log line ${pattern}`);
  }

  /** Everything logged so far. */
  log(): string {
    return this.logLines.join("\n");
  }

  /** Ends the process as an operator does, and expects it to say that all went well. */
  async stop(signal: "SIGTERM" | "SIGINT" = "SIGTERM"): Promise<void> {
    const { code } = await this.#end(signal);
    equal(code, 0, `exit code after ${signal}; log:\n${this.log()}`);
  }

  /** Ends the process as a crash does. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Stops the process unless a test has ended it already. @throws {Error} when it had ended by itself. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (!this.#endedByTest) {
        equal(this.#status, undefined, `nsqd ended by itself; log:\n${this.log()}`);
        await this.stop();
      }
    } finally {
      if (this.#ownsDataPath) await Deno.remove(this.dataPath, { recursive: true });
    }
  }

  /** Ends what did not start as it should. */
  async abandon(): Promise<void> {
    if (this.#status === undefined) await this.kill();
    if (this.#ownsDataPath) await Deno.remove(this.dataPath, { recursive: true });
  }

  async #end(signal: Deno.Signal): Promise<Deno.CommandStatus> {
    this.#endedByTest = true;
    this.#child.kill(signal);
    try {
      this.#status = await withDeadline(this.#child.status, STOP_DEADLINE_MS, `end by ${signal}`);
    } catch (error) {
      this.#child.kill("SIGKILL");
      this.#status = await this.#child.status;
      throw error;
    } finally {
      await this.#logRead;
    }
    return this.#status;
  }

  async #readLog(): Promise<void> {
    let unfinished = "";
    for await (const piece of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      const lines = (unfinished + piece).split("\n");
      unfinished = lines.pop() ?? "";
      this.logLines.push(...lines);
      this.#wakeLogWatchers();
    }
    if (unfinished !== "") this.logLines.push(unfinished);
    this.#status = await this.#child.status;
    this.#wakeLogWatchers();
  }

  #wakeLogWatchers(): void {
    const watchers = this.#logWatchers;
    this.#logWatchers = [];
    for (const look of watchers) look();
  }
}

/** Starts an nsqd and waits until it answers. @throws {Error} with its log when it does not. */
export async function startNsqd(settings: NsqdSettings = {}): Promise<Nsqd> {
  const dataPath = settings.dataPath ?? await Deno.makeTempDir({ prefix: "nsqd-test-" });
  const child = spawn(settings.command ?? targetCommand(), dataPath, settings.flags ?? []);
  const nsqd = new Nsqd(child, dataPath, settings.dataPath === undefined);
  try {
    nsqd.tcpPort = portOf(await nsqd.waitForLog(/ TCP: listening on /, START_DEADLINE_MS));
    nsqd.httpPort = portOf(await nsqd.waitForLog(/ HTTP: listening on /, START_DEADLINE_MS));
    equal(await (await nsqd.http("/ping")).text(), "OK");
  } catch (error) {
    await nsqd.abandon();
    throw error;
  }
  return nsqd;
}

/** Runs an nsqd that is expected to refuse to start; gives back how it ended. */
export async function runRefusedNsqd(
  settings: NsqdSettings & { dataPath: string },
): Promise<Outcome> {
  const child = spawn(settings.command ?? targetCommand(), settings.dataPath, settings.flags ?? []);
  const ended = Promise.all([child.status, new Response(child.stderr).text()]);
  try {
    const [{ code }, stderr] = await withDeadline(ended, START_DEADLINE_MS, "refusal to start");
    return { code, stderr };
  } catch (error) {
    child.kill("SIGKILL");
    await ended;
    throw error;
  }
}

function spawn(
  command: readonly string[],
  dataPath: string,
  flags: readonly string[],
): Deno.ChildProcess {
  const [executable = fail("no command"), ...first] = command;
  return new Deno.Command(executable, {
    args: [
      ...first,
      `--data-path=${dataPath}`,
      "--tcp-address=127.0.0.1:0",
      "--http-address=127.0.0.1:0",
      ...flags,
    ],
    cwd: projectFolder,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
}

function portOf(logLine: string): number {
  return Number(/:(\d+)$/.exec(logLine)?.[1] ?? fail(`no port in: ${logLine}`));
}
