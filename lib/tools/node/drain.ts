/** `nsq node drain`: takes a broker out of service without losing a message. */

import { boolean, duration } from "../../cli/kind.ts";
import { inGroup } from "../../cli/option_table.ts";
import { UsageError } from "../../cli/usage_error.ts";
import { listOf, numberOf, objectOf, textOf } from "../../cluster/fields.ts";
import { UpstreamError } from "../../cluster/answer.ts";
import { nodeName } from "../../cluster/node.ts";
import { formatDuration } from "../../go/duration.ts";
import { wait } from "../../wait.ts";
import { action } from "../session/action.ts";
import { counted } from "../session/found.ts";
import type { Report } from "../session/report.ts";
import type { Session } from "../session/session.ts";
import { clusterWith, findNode } from "./find.ts";

const POLL_MS = 500;
/** How often progress is told while nothing else changes. */
const TELL_MS = 10_000;

const general = inGroup("General");

export const DRAIN = action({
  name: "drain",
  words: "[NODE]",
  summary: "Takes a broker out of service: publishers are refused, consumers go on until all is\n" +
    "consumed, then it ends. NODE may be left out where there is one alone. Asks in a production\n" +
    "context alone, as nothing is lost.",
  examples: [
    {
      title: "before a container is stopped (preStop)",
      lines: ["nsq node drain --wait --nsqd-http-address=127.0.0.1:5151"],
    },
    {
      title: "leave it in service after all",
      lines: ["nsq node drain 127.0.0.1:4151 --cancel"],
    },
  ],
  asks: true,
  table: {
    wait: general("wait", boolean(), false, "until it has ended"),
    deadlineMs: general(
      "deadline",
      { ...duration({ min: 0 }), format: () => "" },
      0,
      "after so long it ends with what is left on its disk; default: it takes its time",
    ),
    cancel: general("cancel", boolean(), false, "serve publishers again"),
  },
  check({ wait, cancel, deadlineMs }) {
    if (cancel && (wait || deadlineMs > 0)) {
      throw new UsageError("--cancel goes with neither --wait nor --deadline");
    }
  },
  async run(session, { wait, deadlineMs, cancel }, [name]) {
    const cluster = await clusterWith(session.cluster, name);
    const { value } = await cluster.everyNode();
    const addresses = new Map(value.map(({ node, address }) => [nodeName(node), address]));
    const node = findNode({ nodes: value.map((each) => each.node), addresses }, name);
    const address = addresses.get(nodeName(node))!;
    if (cancel) {
      await at(address, cluster.daemons.act(address, "/drain/cancel", {}));
      return report(nodeName(node), "in service again", 0);
    }
    if (session.target.isProduction) {
      session.confirm(`Draining ${nodeName(node)} refuses its publishers, and ends it`);
    }
    const deadline = deadlineMs > 0 ? formatDuration(deadlineMs) : undefined;
    const answer = objectOf(
      await at(address, cluster.daemons.act(address, "/drain", { deadline })),
    );
    const left = numberOf(answer.message_count);
    if (!wait) return report(nodeName(node), "draining", left);
    const kept = await untilEnded(
      { cluster, signal: session.signal, say: session.say },
      address,
      left,
    );
    return report(nodeName(node), kept === 0 ? "drained and ended" : "ended", kept);
  },
});

/** What a daemon answers. @throws UpstreamError that names it */
async function at<T>(address: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw new UpstreamError("nsqd", [{ address, message: (error as Error).message }]);
  }
}

function report(node: string, state: string, left: number): Report {
  const waiting = state === "draining"
    ? `: ${counted(left, "message")} to go`
    : left > 0
    ? ` with ${counted(left, "message")} on its disk, as the deadline has come`
    : "";
  return {
    items: [{ node, state, message_count: left }],
    columns: [],
    name: () => node,
    lines: [`${node} is ${state}${waiting}`],
    errors: [],
  };
}

/**
 * Resolves when the broker does not answer any more.
 * @returns how many messages it had at the last look, 0 if it may have had none since
 * @throws Error when somebody cancels the drain
 */
async function untilEnded(
  { cluster, signal, say }: Pick<Session, "cluster" | "signal" | "say">,
  address: string,
  first: number,
): Promise<number> {
  let told = "", toldMs = -Infinity, left = first, untilMs = Infinity;
  for (;;) {
    let info;
    try {
      info = objectOf(await cluster.daemons.ask(address, "/info"));
    } catch (error) {
      if (signal.aborted) throw error;
      return Date.now() < untilMs ? 0 : left; // it has ended
    }
    if (textOf(info.state) !== "draining") throw new Error(`${address} is in service again`);
    const drain = objectOf(info.drain);
    left = numberOf(drain.message_count);
    untilMs = Date.parse(textOf(drain.deadline)) || Infinity;
    const line = progressOf(drain);
    if (line !== told || performance.now() > toldMs + TELL_MS) {
      say(line);
      [told, toldMs] = [line, performance.now()];
    }
    if (!await wait(POLL_MS, signal)) throw new Error("stopped waiting; the drain goes on");
  }
}

function progressOf(drain: ReturnType<typeof objectOf>): string {
  const [first] = listOf(drain.remaining).map(objectOf);
  const where = first === undefined
    ? ""
    : `, most of them in ${[first.topic, first.channel].filter(Boolean).join("/")}: waits for ${
      textOf(first.waits_for)
    }`;
  return `${counted(numberOf(drain.message_count), "message")} to go${where}`;
}
