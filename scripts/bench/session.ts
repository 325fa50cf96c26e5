/** A fresh broker, what a workload does with it, the checks, the end of the broker. */

import { roleCommand, startBroker } from "./broker.ts";
import type { Contender } from "./contender.ts";
import { WorkloadFailure } from "./failure.ts";
import type { Generator, LoadPlan, LoadResult, PostPlan } from "./generator.ts";
import type { Bench, Figure, Peers, Workload } from "./model.ts";
import { runClient, startTool } from "./program.ts";
import { perMessage, threadTimes, type ThreadUse, usedBetween } from "./proc.ts";
import type { Resources } from "./resources.ts";

const QUICK_DIVISOR = 10;

/** Who was busy meanwhile. */
interface Busy {
  /** Cores used by generator and broker in the last load: at 1 or more the generator may be what limits. */
  cores?: { generator: number; broker: number };
  sendLagMs?: number;
}

/** The values of one measurement. */
export interface Sample extends Busy {
  values: Record<string, Figure>;
}

/** A broker that is up. */
export interface Session {
  /** Throws a {@link WorkloadFailure} if any count was wrong, or the broker is gone. */
  run<T>(work: (bench: Bench) => Promise<T>): Promise<T>;
  readonly busy: Busy;
  /** Ends the broker and removes what was made. */
  end(): Promise<void>;
}

/** Throws a {@link WorkloadFailure} if any count was wrong. */
export async function measureOnce(
  workload: Workload,
  contender: Contender,
  generator: Generator,
  quick: boolean,
  resources: Resources,
  peers?: Peers,
): Promise<Sample> {
  const session = await startSession(workload, contender, generator, quick, resources, peers);
  try {
    const values = await session.run((bench) => workload.measure(bench));
    return { values, ...session.busy };
  } finally {
    await session.end();
  }
}

/** Starts the broker that a workload wants. Throws a {@link WorkloadFailure} if it does not start. */
export async function startSession(
  workload: Workload,
  contender: Contender,
  generator: Generator,
  quick: boolean,
  resources: Resources,
  peers?: Peers,
): Promise<Session> {
  const flags = [
    ...workload.flags,
    ...contender.side === "ours" ? workload.ourFlags ?? [] : [],
    ...contender.mode === undefined ? [] : [`--io-threads=${contender.mode}`],
    ...workload.tls === true ? await tlsFlags(generator) : [],
  ];
  const broker = await startBroker(roleCommand(contender.broker, workload.role), flags, resources);
  const busy: Busy = {};
  const directories: string[] = [];
  const watch = async <T>(load: () => Promise<T>) => {
    const before = await threadTimes(broker.pid);
    const result = await load();
    return { result, use: usedBetween(before, await threadTimes(broker.pid)) };
  };
  const noteCores = (seconds: number, generatorSeconds: number, { all }: ThreadUse) => {
    busy.cores = { generator: generatorSeconds / seconds, broker: all / seconds };
  };
  const bench: Bench = {
    broker,
    quick,
    ...peers !== undefined && { peers },
    count: (full) => quick ? Math.ceil(full / QUICK_DIVISOR) : full,
    async load(plan) {
      const { result, use } = await watch(() => generator.load(broker.tcp, plan));
      check(plan, result);
      noteCores(Math.max(result.publishSeconds, result.consumeSeconds), result.cpuSeconds, use);
      if (result.sendLagMs !== undefined) busy.sendLagMs = result.sendLagMs.p99;
      return { ...result, cpu: perMessage(use, Math.max(result.published, result.received)) };
    },
    async post(plan) {
      const { result, use } = await watch(() => generator.post(broker.http, plan));
      checkPosted(plan, result.published);
      noteCores(result.seconds, result.cpuSeconds, use);
      return { ...result, cpu: perMessage(use, result.published) };
    },
    lookups: (count) => generator.lookups(broker.tcp, broker.http, count),
    idle: (connections, topic, during) => generator.idle(broker.tcp, connections, topic, during),
    tool: (name, toolFlags) => startTool(contender.tool!(name), toolFlags, resources),
    client: (job) => runClient(contender.client!, { address: broker.tcp, ...job }, resources),
    async tempDir() {
      const path = await resources.tempDir();
      directories.push(path);
      return path;
    },
  };
  return {
    busy,
    async run(work) {
      try {
        return await work(bench);
      } catch (error) {
        if (!(error instanceof WorkloadFailure) && !broker.hasEnded()) throw error;
        const reason = error instanceof Error ? error.message : String(error);
        throw new WorkloadFailure([reason, "its log ends:", ...broker.log].join("\n"));
      }
    },
    async end() {
      await broker.stop();
      for (const path of directories) await resources.removeDir(path);
    },
  };
}

async function tlsFlags(generator: Generator): Promise<string[]> {
  const { cert, key } = await generator.certificate();
  return [`--tls-cert=${cert}`, `--tls-key=${key}`, "--https-address=127.0.0.1:0"];
}

/** Throws unless all of it was answered OK. */
function checkPosted({ messages }: PostPlan, published: number): void {
  if (published !== messages) throw new WorkloadFailure(`published ${published} of ${messages}`);
}

/** Throws unless everything sent was answered and everything expected came, once each. */
export function check(plan: LoadPlan, result: LoadResult): void {
  const { topics = 1, channels = 1, perTopic = 0, expect = perTopic, numbers = expect } = plan;
  const published = plan.producers === undefined ? 0 : topics * perTopic;
  const received = plan.consumers === undefined ? 0 : topics * channels * expect;
  const complaints = [...result.errors];
  if (result.published !== published) {
    complaints.push(`published ${result.published} of ${published}`);
  }
  // Who takes a part of a backlog may be sent more before it can stop.
  const isPart = numbers > expect;
  if (result.received < received || (result.received > received && !isPart)) {
    complaints.push(`received ${result.received} of ${received}`);
  }
  if (result.duplicates > 0) complaints.push(`${result.duplicates} duplicates`);
  if (result.strangers > 0) complaints.push(`${result.strangers} messages that nobody sent`);
  if (complaints.length > 0) throw new WorkloadFailure(complaints.join("; "));
}
