/** The client library, against nsqjs. */

import { awaitHoldings, createTopics, topicName } from "../api.ts";
import type { ClientJob } from "../clients/job.ts";
import type { Bench, Target, Workload } from "../model.ts";
import { FINISH_LIMIT_MS, MPUB_200, publish, TOPIC } from "../steps.ts";

const MESSAGE_BYTES = 200;
const MAX_IN_FLIGHT = 200;
const CONSUMED = 400_000;
const MESSAGES = 400_000;
const MESSAGES_ONE_BY_ONE = 100_000;
/** Of the messages, before the clock starts. */
const WARM_UP_PART = 0.2;

const FASTER: Target = { kind: "ratio", op: ">=", value: 1.5 };

/** The parts of a job that a workload does not choose. */
function job(bench: Bench, action: ClientJob["action"], full: number) {
  const total = bench.count(full);
  const warmUp = total * WARM_UP_PART;
  return {
    action,
    topic: topicName(TOPIC, 0),
    channel: "ch0",
    warmUp,
    count: total - warmUp,
    size: MESSAGE_BYTES,
    maxInFlight: MAX_IN_FLIGHT,
    concurrency: 1,
  };
}

function producing(name: string, what: string, concurrency: number, full: number): Workload {
  return {
    name,
    what,
    subject: "client",
    flags: [`--mem-queue-size=${full}`],
    metrics: [{ name, unit: "msg/s", target: FASTER }],
    async measure(bench) {
      await createTopics(bench.broker.http, TOPIC, 1, 1);
      const { count, seconds } = await bench.client({
        ...job(bench, "produce", full),
        concurrency,
      });
      await awaitHoldings(bench.broker.http, TOPIC, bench.count(full), FINISH_LIMIT_MS);
      return { [name]: count / seconds };
    },
  };
}

export const CLIENTS: Workload[] = [
  {
    name: "client-consume",
    what: `library: consume with FIN, max-in-flight ${MAX_IN_FLIGHT}; the reference is nsqjs`,
    subject: "client",
    flags: [`--mem-queue-size=${CONSUMED}`],
    metrics: [{ name: "client-consume", unit: "msg/s", target: FASTER }],
    async measure(bench) {
      await publish(bench, { ...MPUB_200, perTopic: bench.count(CONSUMED) });
      const { count, seconds } = await bench.client(job(bench, "consume", CONSUMED));
      await awaitHoldings(bench.broker.http, TOPIC, 0, FINISH_LIMIT_MS);
      return { "client-consume": count / seconds };
    },
  },
  producing(
    "client-produce-1",
    "library: publish, one awaited at a time; the reference is nsqjs",
    1,
    MESSAGES_ONE_BY_ONE,
  ),
  producing(
    "client-produce-100",
    "library: publish, 100 awaited at a time; the reference is nsqjs",
    100,
    MESSAGES,
  ),
];
