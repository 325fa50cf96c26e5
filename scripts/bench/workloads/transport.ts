/** Publishing and consuming over TLS and compressed. */

import type { Transport } from "../generator.ts";
import type { Workload } from "../model.ts";
import { consume, MPUB_200, once, publish } from "../steps.ts";

/** What the same work takes over a plain connection is the business of `mpub` and `consume`. */
const AT_LEAST = 0.8;

const PUB_CONNECTIONS = 50;

function withTransport(transport: Transport, name: string, full: number): Workload {
  const shape = { ...MPUB_200, transport };
  const metric = (verb: string) => ({
    name: `${verb}-${transport}`,
    unit: "msg/s" as const,
    target: { kind: "ratio" as const, op: ">=" as const, value: AT_LEAST },
  });
  return {
    name: `transport-${transport}`,
    what: `MPUB 200 × 200 B, then consume with FIN, ${name}`,
    flags: [`--mem-queue-size=${full}`],
    ...(transport === "tls" && { tls: true }),
    metrics: [metric("mpub"), metric("consume")],
    ...once({
      full,
      step: shape.batch,
      run: async (bench, prefix, perTopic) => ({
        [`mpub-${transport}`]: await publish(bench, { ...shape, perTopic }, prefix),
        [`consume-${transport}`]: await consume(bench, { transport, perTopic }, prefix),
      }),
    }, shape),
  };
}

function oneByOne(transport: Transport, over: string, full: number): Workload {
  const name = `pub${PUB_CONNECTIONS}-${transport}`;
  const shape = { producers: PUB_CONNECTIONS, transport };
  return {
    name: `transport-pub-${transport}`,
    what: `PUB one at a time, ${PUB_CONNECTIONS} connections, ${over}`,
    flags: [`--mem-queue-size=${full}`],
    ...(transport === "tls" && { tls: true }),
    metrics: [{ name, unit: "msg/s", target: { kind: "ratio", op: ">=", value: 1 } }],
    ...once({
      full,
      step: 1,
      run: async (bench, prefix, perTopic) => ({
        [name]: await publish(bench, { ...shape, perTopic }, prefix),
      }),
    }, shape),
  };
}

export const TRANSPORT: Workload[] = [
  withTransport("tls", "over TLS", 1_000_000),
  withTransport("snappy", "snappy both ways", 1_000_000),
  withTransport("deflate", "deflate both ways, level 6", 400_000),
  oneByOne("tls", "over TLS", 100_000),
  oneByOne("snappy", "snappy both ways", 100_000),
  oneByOne("deflate", "deflate both ways, level 6", 50_000),
];
