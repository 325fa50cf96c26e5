/** The flags that every tool has that consumes messages: what they are, what must hold, what the library makes of them. */

import { parseHostPort } from "../net/host_port.ts";
import { integer, text, textList } from "../cli/kind.ts";
import { type LogOptions, logOptionTable } from "../cli/log_options.ts";
import { inGroup, type OptionTable } from "../cli/option_table.ts";
import { UsageError } from "../cli/usage_error.ts";
import { ValueError } from "../value_error.ts";
import { applyConfigOption, type ConsumerOptions } from "../client/mod.ts";
import type { Logger, LogLevel } from "../log/logger.ts";
import { NSQ_VERSION, PROJECT_VERSION } from "../version.ts";
import { isValidName } from "../wire/names.ts";
import { checkConfigOptions, consumerOptOption } from "./config_options.ts";
import { overlookedVariables } from "./session/environment.ts";

/** Options of a tool that consumes. Fields are named after what they hold, flags after the reference's. */
export interface ConsumingOptions extends LogOptions {
  readonly topics: readonly string[];
  readonly channel: string;
  readonly maxInFlight: number;
  /** `host:port` of TCP. */
  readonly nsqd: readonly string[];
  /** `host:port` or URL of HTTP. */
  readonly lookupd: readonly string[];
  /** go-nsq's `name,value`. */
  readonly consumerOpts: readonly string[];
}

/** In what the tools differ. */
export interface ConsumingDefaults {
  /** "" when the tool makes one up. */
  readonly channel: string;
  /** Such as `[nsq_to_file] `. */
  readonly logPrefix: string;
  /** Default: info. */
  readonly logLevel?: LogLevel;
  /** In place of the usual text for `--topic`. */
  readonly topicHelp?: string;
  /** In place of the usual text for `--channel`. */
  readonly channelHelp?: string;
}

const MAX_IN_FLIGHT = 200;

/** Rows for {@link ConsumingOptions}. */
export function consumingOptionTable(
  defaults: ConsumingDefaults,
): OptionTable<ConsumingOptions> {
  const source = inGroup("Source");
  return {
    topics: source(
      "topic",
      textList({ valueName: "topic", check: checkName("topic") }),
      [],
      defaults.topicHelp ?? "topic to consume (may be given multiple times)",
    ),
    channel: source(
      "channel",
      text({
        valueName: "channel",
        check: (name) => void (name === "" || checkName("channel")(name)),
      }),
      defaults.channel,
      defaults.channelHelp ?? "channel to consume",
    ),
    nsqd: nsqdAddressOption(source),
    lookupd: lookupdAddressOption(source),
    maxInFlight: source(
      "max-in-flight",
      integer({ min: 1 }),
      MAX_IN_FLIGHT,
      "how many messages may be in flight at once",
    ),
    consumerOpts: consumerOptOption(source),
    ...logOptionTable(defaults),
  };
}

/** The row of `--nsqd-tcp-address`. */
export function nsqdAddressOption(group: ReturnType<typeof inGroup>) {
  return group(
    "nsqd-tcp-address",
    textList({ valueName: "addr:port", check: checkAddress }),
    [],
    "TCP address of an nsqd (may be given multiple times)",
  );
}

/** The row of `--lookupd-http-address`. */
export function lookupdAddressOption(group: ReturnType<typeof inGroup>) {
  return group(
    "lookupd-http-address",
    textList({ valueName: "addr:port", check: checkHttpAddress }),
    [],
    "HTTP address of a lookupd (may be given multiple times)",
  );
}

/**
 * Checks what flags must hold together: a topic, a channel, and one kind of address.
 *
 * @param needs.channel false for a tool that makes one up
 * @param needs.topic false for a tool that has other means to choose topics
 * @param needs.address false for a tool that looks at this machine without one
 * @throws UsageError
 */
export function checkConsuming(
  options: ConsumingOptions,
  needs: { topic?: boolean; channel?: boolean; address?: boolean } = {},
): void {
  if ((needs.topic ?? true) && options.topics.length === 0) {
    throw new UsageError("--topic is required");
  }
  if ((needs.channel ?? true) && options.channel === "") {
    throw new UsageError("--channel is required");
  }
  if (needs.address ?? true) checkSources(options);
  else checkOneSource(options);
  checkConfigOptions(options);
}

/** What is said where no address is. */
export const ADDRESS_REQUIRED =
  "--nsqd-tcp-address or --lookupd-http-address is required, as in --nsqd-tcp-address=127.0.0.1:4150";

type Sources = Pick<ConsumingOptions, "nsqd" | "lookupd">;

/** Whether any address was given. */
export function hasSource({ nsqd, lookupd }: Sources): boolean {
  return nsqd.length + lookupd.length > 0;
}

/** Checks that there is one kind of address, not none and not both. @throws UsageError */
export function checkSources(sources: Sources): void {
  if (!hasSource(sources)) throw new UsageError(ADDRESS_REQUIRED + overlookedVariables());
  checkOneSource(sources);
}

/** Checks that there are not both kinds of addresses. @throws UsageError */
export function checkOneSource({ nsqd, lookupd }: Sources): void {
  if (nsqd.length > 0 && lookupd.length > 0) {
    throw new UsageError("use --nsqd-tcp-address or --lookupd-http-address, not both");
  }
}

/**
 * What the library's Consumer needs for one topic. As in the reference, the flags win over
 * `--consumer-opt`.
 *
 * @param tool the reference's name, such as `nsq_tail`, for the user agent
 */
export function consumerOptionsFor(
  options: ConsumingOptions,
  topic: string,
  tool: string,
  logger: Logger,
): ConsumerOptions {
  const { channel, maxInFlight, nsqd, lookupd } = options;
  const consumer: ConsumerOptions = { topic, channel, logger };
  for (const option of options.consumerOpts) applyConfigOption(consumer, option);
  if (nsqd.length > 0) consumer.nsqd = [...nsqd];
  if (lookupd.length > 0) consumer.lookupd = [...lookupd];
  return Object.assign(consumer, { maxInFlight, userAgent: userAgent(tool) });
}

/**
 * What the HTTP APIs of the cluster are shown in the header Authorization: `--consumer-opt=auth_secret,…`, as lookupds are when a consumer
 * asks. Undefined for nothing.
 */
export function authorizationOf(consumerOpts: readonly string[]): string | undefined {
  const consumer: ConsumerOptions = { topic: "", channel: "" };
  for (const option of consumerOpts) applyConfigOption(consumer, option);
  const { authSecret = "", lookupdAuthorization = true } = consumer;
  return authSecret === "" || !lookupdAuthorization ? undefined : `Bearer ${authSecret}`;
}

/** How a tool calls itself to an nsqd: `nsq_tail/1.3.0 nsq-ts/0.1.0`. */
export function userAgent(tool: string): string {
  return `${tool}/${NSQ_VERSION} nsq-ts/${PROJECT_VERSION}`;
}

/** The check of a flag that holds a name; `kind` is topic or channel. */
export function checkName(kind: string): (name: string) => void {
  return (name) => {
    if (isValidName(name)) return;
    throw new ValueError(`${JSON.stringify(name)} is not a valid ${kind} name`);
  };
}

/** The check of a flag that holds a TCP address. @throws ValueError */
export function checkAddress(address: string): void {
  const at = parseHostPort(address);
  if (at === undefined || at.port === 0) throw new ValueError("must be <addr>:<port>");
}

/** Checks a `--lookupd-http-address`, or another of HTTP. @throws ValueError */
export function checkHttpAddress(address: string): void {
  if (!/^https?:\/\//.test(address)) return checkAddress(address);
  if (!URL.canParse(address)) throw new ValueError("must be <addr>:<port> or a URL");
}
