/** The command `nsq tail`. */

import { optionsOrExit } from "../../cli/options_or_exit.ts";
import { Consumer } from "../../client/mod.ts";
import { parseToolOptions } from "../command_line.ts";
import { loggerOf } from "../../cli/log_options.ts";
import { ADDRESS_REQUIRED, consumerOptionsFor, hasSource } from "../consumer_options.ts";
import { onStopSignal } from "../stop_signal.ts";
import { checkBrokerHere, DEFAULT_NSQD_TCP, located } from "../this_machine.ts";
import { formatFor } from "./format.ts";
import { Joining } from "./join.ts";
import { COMMAND, ownChannel, type TailOptions } from "./options.ts";
import { Printer } from "./printer.ts";

const EXIT_FAILURE = 1;

/** Runs until it is told to stop, has printed enough, or nobody reads on; then the process ends. */
export async function run(args: string[], calledAs: string): Promise<void> {
  const call = { name: "tail", as: calledAs };
  const { options, isHere } = optionsOrExit(
    "nsq tail",
    () => located(parseToolOptions(COMMAND, args), hasSource, call, ADDRESS_REQUIRED),
  );
  const error = isHere ? await tailHere(options) : await tail(options);
  if (error !== undefined) loggerOf(options).fatal(error.message);
  Deno.exit(error === undefined ? undefined : EXIT_FAILURE);
}

/** @returns as {@link tail}, of this machine's broker */
async function tailHere(options: TailOptions): Promise<Error | undefined> {
  try {
    await checkBrokerHere();
  } catch (error) {
    return error as Error;
  }
  return await tail({ ...options, nsqd: [DEFAULT_NSQD_TCP] });
}

/** @returns why it ended, unless all went well */
async function tail(given: TailOptions): Promise<Error | undefined> {
  const { topics, count, maxInFlight } = given;
  const options = {
    ...given,
    channel: given.channel || ownChannel(Math.random()),
    maxInFlight: count > 0 ? Math.min(count, maxInFlight) : maxInFlight,
  };
  const logger = loggerOf(options);
  let failure: Error | undefined;
  const looksOn = given.channel === "" && !given.force;
  const consumers = [...new Set(topics)].map((topic) => {
    const joining = new Joining(topic, {
      onWaiting: () => logger.warn(`topic(${topic}) is not there yet: waiting for it`),
      onRefused(reason) {
        failure ??= new Error(reason);
        void stop();
      },
    });
    const consumer = new Consumer({
      ...consumerOptionsFor(options, topic, "nsq_tail", logger),
      ...looksOn && { joinOnly: true, onNotJoined: joining.notJoined },
    });
    const format = formatFor(options, topic, Deno.stdout.isTerminal());
    return { consumer, format, joining };
  });
  const stop = () => Promise.all(consumers.map(({ consumer }) => consumer.stop()));
  const printer = new Printer(Deno.stdout, count || Infinity, {
    onEnough: () => void stop(),
    onError(error) {
      // Whoever read the output has seen enough, as `head` does.
      if (!(error instanceof Deno.errors.BrokenPipe)) {
        failure = new Error(`cannot write to stdout - ${error.message}`);
      }
      void stop();
    },
  });
  using _signals = onStopSignal(() => void stop());
  try {
    await Promise.all(
      consumers.map(({ consumer, format, joining }) => {
        if (looksOn) void joining.watch(consumer);
        return consumer.run((message) => printer.print(message, format), {
          manual: true,
          reuseBodies: true, // printed before they are answered
        });
      }),
    );
  } catch (error) {
    failure ??= error as Error;
  }
  return failure;
}
