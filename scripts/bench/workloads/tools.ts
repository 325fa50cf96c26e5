/** The command-line tools: how fast they empty a channel, and what memory that takes. */

import { awaitHoldings, channelState, createTopics, setPaused, topicName } from "../api.ts";
import { WorkloadFailure } from "../failure.ts";
import type { LoadPlan } from "../generator.ts";
import type { Bench, Target, Tool, Workload } from "../model.ts";
import { FINISH_LIMIT_MS, MPUB_200, publish, rest, TOPIC } from "../steps.ts";

const MESSAGES = 1_000_000;
const MESSAGE_BYTES = 200;

/** Few enough to be held by the broker's memory, and many times what may be in flight. */
const BIG_MESSAGES = 5_000;
const BIG_BYTES = 100_000;
const BIG_MAX_IN_FLIGHT = 200;

const CHANNEL = "ch0";
const COPY = "copy";

const POLL_MS = 10;
const START_LIMIT_MS = 30_000;
const DRAIN_LIMIT_MS = 300_000;

const SAME_SPEED: Target = { kind: "ratio", op: ">=", value: 1 };
/** 87 MB are there before the first message, 20 MB are in flight. */
const BIG_LIMIT_MB = 150;

/** What a tool is given beside topic, channel and broker, and what must be there when it is done. */
interface Job {
  flags(bench: Bench): Promise<string[]> | string[];
  check?(bench: Bench, flags: string[], messages: number): Promise<void>;
}

interface Shape {
  name: string;
  what: string;
  tool: Tool;
  job: Job;
  messages: number;
  load: Partial<LoadPlan>;
  memory?: Target;
}

function draining({ name, what, tool, job, messages, load, memory }: Shape): Workload {
  return {
    name,
    what,
    subject: "tool",
    flags: [`--mem-queue-size=${messages}`],
    metrics: [
      { name, unit: "msg/s", target: SAME_SPEED },
      { name: `${name} peak RSS`, unit: "MB", ...(memory === undefined ? {} : { target: memory }) },
    ],
    async measure(bench) {
      const perTopic = bench.count(messages);
      await publish(bench, { ...load, perTopic });
      const flags = await job.flags(bench);
      const { rate, peakMb } = await drain(bench, tool, flags, perTopic);
      await job.check?.(bench, flags, perTopic);
      return { [name]: rate, [`${name} peak RSS`]: peakMb };
    },
  };
}

/** Has a tool take all messages of the topic. It is connected before the clock starts. */
async function drain(bench: Bench, name: Tool, flags: string[], messages: number) {
  const { http, tcp } = bench.broker;
  const topic = topicName(TOPIC, 0);
  await setPaused(http, topic, CHANNEL, true);
  const tool = bench.tool(name, [
    ...[`--topic=${topic}`, `--channel=${CHANNEL}`, `--nsqd-tcp-address=${tcp}`],
    ...flags,
  ]);
  const until = async (
    isSo: (state: { depth: number; consumers: number }) => boolean,
    ms: number,
  ) => {
    const giveUpMs = performance.now() + ms;
    for (;;) {
      const state = await channelState(http, topic);
      if (isSo(state)) return state;
      if (tool.hasEnded()) await tool.stop();
      if (performance.now() > giveUpMs) {
        throw new WorkloadFailure(`${name} does not go on: ${JSON.stringify(state)}`);
      }
      await rest(POLL_MS);
    }
  };
  await until(({ consumers }) => consumers > 0, START_LIMIT_MS);
  const startMs = performance.now();
  await setPaused(http, topic, CHANNEL, false);
  // What is in flight then may wait to be synced; it is not counted.
  const { inFlight } = await until(({ depth }) => depth === 0, DRAIN_LIMIT_MS);
  const seconds = (performance.now() - startMs) / 1000;
  const peakMb = await tool.peakRssBytes() / 1e6;
  await tool.stop();
  await awaitHoldings(http, TOPIC, 0, FINISH_LIMIT_MS);
  return { rate: (messages - inFlight) / seconds, peakMb };
}

const TO_STDOUT: Job = { flags: () => [] };

/** @param count a command that gives the number of bytes of a file before compression */
function toFile(flags: string[], count: string): Job {
  return {
    flags: async (bench) => [`--output-dir=${await bench.tempDir()}`, ...flags],
    async check(_bench, [outputDir = ""], messages) {
      const directory = outputDir.slice("--output-dir=".length);
      const { stdout } = await new Deno.Command("sh", {
        args: ["-c", `cd "$0" && ${count} * | wc -c`, directory],
      }).output();
      const bytes = Number(new TextDecoder().decode(stdout));
      const expected = messages * (MESSAGE_BYTES + 1);
      if (bytes !== expected) throw new WorkloadFailure(`${bytes} bytes in files of ${expected}`);
    },
  };
}

const TO_NSQ: Job = {
  async flags({ broker: { http, tcp } }) {
    await createTopics(http, COPY, 1, 1);
    return [`--destination-nsqd-tcp-address=${tcp}`, `--destination-topic=${topicName(COPY, 0)}`];
  },
  check: ({ broker }, _flags, messages) =>
    awaitHoldings(broker.http, COPY, messages, FINISH_LIMIT_MS),
};

function small(name: string, tool: Tool, what: string, job: Job): Workload {
  return draining({ name, what, tool, job, messages: MESSAGES, load: MPUB_200 });
}

export const TOOLS: Workload[] = [
  small("tool-tail", "tail", "tail to /dev/null", TO_STDOUT),
  small("tool-to-file", "to-file", "to-file, plain", toFile([], "cat")),
  small("tool-to-file-gzip", "to-file", "to-file --gzip", toFile(["--gzip"], "zcat")),
  small("tool-to-nsq", "to-nsq", "to-nsq, to another topic of the same broker", TO_NSQ),
  draining({
    name: "tool-tail-big",
    what: `tail to /dev/null, 100 KB messages, max-in-flight ${BIG_MAX_IN_FLIGHT}`,
    tool: "tail",
    job: { flags: () => [`--max-in-flight=${BIG_MAX_IN_FLIGHT}`] },
    messages: BIG_MESSAGES,
    load: { producers: 2, size: BIG_BYTES },
    memory: { kind: "below", value: BIG_LIMIT_MB },
  }),
];
