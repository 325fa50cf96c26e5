/** The program `nsq` with its words, as a user types them, and a small cluster for it to act on. */
import { deepEqual, equal } from "../harness/assert.ts";
import {
  eventually,
  type Lookupd,
  type Nsqd,
  projectFolder,
  startLookupd,
  startNsqd,
  toolCommand,
} from "../harness/mod.ts";

/** How it ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Surroundings in which the user has no contexts and no variables. */
const NOBODY = {
  XDG_CONFIG_HOME: "/dev/null",
  NSQ_CONTEXT: "",
  NSQ_LOOKUPD: "",
  NSQ_NSQD: "",
  NSQ_AUTH_SECRET_FILE: "",
};

/** For commands that act on a cluster: a machine that is busy is no broker that does not answer. */
const PATIENCE = ["--http-client-connect-timeout=1m", "--http-client-request-timeout=1m"];

/** Runs `nsq` with these words, which spaces part, without a terminal. */
export async function nsq(
  words: string,
  env: Record<string, string> = {},
  stdin = "",
): Promise<Ended> {
  const [first = "", ...rest] = words.split(" ");
  const [executable = "", ...before] = toolCommand(first);
  const asksCluster = "NSQ_LOOKUPD" in env || "NSQ_NSQD" in env;
  const patience = asksCluster && !words.startsWith("check tls ") ? PATIENCE : [];
  const child = new Deno.Command(executable, {
    args: [...before, ...rest, ...patience],
    cwd: projectFolder,
    env: { ...NOBODY, ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(stdin)).catch(() => {}); // it need not read
  await writer.close().catch(() => {});
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** A lookupd and two brokers that it knows. */
export class SmallCluster implements AsyncDisposable {
  private constructor(
    readonly lookupd: Lookupd,
    readonly first: Nsqd,
    readonly second: Nsqd,
    private readonly stack: AsyncDisposableStack,
  ) {}

  /** @param flags of the brokers */
  static async start(...flags: string[]): Promise<SmallCluster> {
    const stack = new AsyncDisposableStack();
    const lookupd = stack.use(await startLookupd());
    const all = [
      `--lookupd-tcp-address=127.0.0.1:${lookupd.tcpPort}`,
      "--broadcast-address=127.0.0.1",
      ...flags,
    ];
    const [first, second] = await Promise.all([
      startNsqd({ flags: all }),
      startNsqd({ flags: all }),
    ]);
    stack.use(first);
    stack.use(second);
    await eventually(async () => equal((await lookupd.nodes()).length, 2));
    return new SmallCluster(lookupd, first, second, stack);
  }

  /** What makes `nsq` act on all of it. */
  get env(): Record<string, string> {
    return { NSQ_LOOKUPD: `127.0.0.1:${this.lookupd.httpPort}` };
  }

  /** Names of its brokers. */
  get nodes(): string[] {
    return [this.first, this.second].map(({ httpPort }) => `127.0.0.1:${httpPort}`).sort();
  }

  /** Makes a topic with channels on both brokers, and waits until lookupd knows. */
  async create(topic: string, ...channels: string[]): Promise<void> {
    await Promise.all([this.first, this.second].map((each) => each.create(topic, ...channels)));
    await eventually(async () => {
      const { producers } = await this.lookupd.get<{ producers: unknown[] }>(
        `/lookup?topic=${topic}`,
      );
      equal(producers.length, 2);
      deepEqual(await this.lookupd.channels(topic), [...channels].sort());
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stack.disposeAsync();
  }
}

/** What `--json` prints. */
export interface Printed {
  readonly items: readonly Record<string, unknown>[];
  readonly errors: readonly { readonly address: string; readonly message: string }[];
}

/** Reads what `--json` has printed. */
export function printed({ stdout }: Ended): Printed {
  return JSON.parse(stdout);
}
