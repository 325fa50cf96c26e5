/** One nsqd process: started on ports of its own, watched through its log, ended by its own process id. */
import { fail } from "./assert.ts";
import { Daemon, START_DEADLINE_MS } from "./daemon.ts";
import { withDeadline } from "./eventually.ts";
import { reservePort } from "./ports.ts";
import { projectFolder, targetCommand } from "./target.ts";

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
  finish_count: number;
  dead_count: number;
  expired_count: number;
  rejected_count: number;
  dropped_count: number;
  skipped_count: number;
  oldest_age_ms: number;
}

/** A running nsqd. */
export class Nsqd extends Daemon {
  readonly dataPath: string;
  readonly #ownsDataPath: boolean;

  constructor(child: Deno.ChildProcess, dataPath: string, ownsDataPath: boolean) {
    super("nsqd", child);
    this.dataPath = dataPath;
    this.#ownsDataPath = ownsDataPath;
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

  override async removeFiles(): Promise<void> {
    if (this.#ownsDataPath) await Deno.remove(this.dataPath, { recursive: true });
  }
}

/** Starts an nsqd and waits until it answers. @throws {Error} with its log when it does not. */
export async function startNsqd(settings: NsqdSettings = {}): Promise<Nsqd> {
  const dataPath = settings.dataPath ?? await Deno.makeTempDir({ prefix: "nsqd-test-" });
  const child = spawn(settings.command ?? targetCommand(), dataPath, settings.flags ?? []);
  const nsqd = new Nsqd(child, dataPath, settings.dataPath === undefined);
  try {
    await nsqd.started();
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
      `--tcp-address=127.0.0.1:${reservePort()}`,
      `--http-address=127.0.0.1:${reservePort()}`,
      ...flags,
    ],
    cwd: projectFolder,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
}
