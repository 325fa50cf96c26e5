/**
 * What consumers send: SUB, RDY, FIN, REQ, TOUCH, CLS.
 * Source: https://nsq.io/clients/tcp_protocol_spec.html
 * @module
 */
import { Locality } from "../../../broker/consumer_sink.ts";
import type { Subscription } from "../../../broker/subscription.ts";
import { ClientError, ErrorCode, FatalClientError } from "../../../wire/errors.ts";
import { goQuote } from "../../../go/quote.ts";
import { messageIdString } from "../../../wire/message_id.ts";
import { isValidName } from "../../../wire/names.ts";
import { NOT_A_NUMBER, parseDecimal } from "../../../wire/number.ts";
import { CLOSE_WAIT, FrameType, MESSAGE_ID_BYTES } from "../../../wire/protocol.ts";
import { type Client, ClientState } from "../client.ts";
import { type CommandLine, invalid } from "./line.ts";

/** `SUB topic channel` */
export function SUB(client: Client, line: CommandLine): (() => Promise<void>) | void {
  if (client.state !== ClientState.Init) throw invalid("cannot SUB in current state");
  if (client.settings.heartbeatIntervalMs <= 0) {
    throw invalid("cannot SUB with heartbeats disabled");
  }
  line.require(3, "SUB insufficient number of parameters");
  const topicName = line.text(1), channelName = line.text(2);
  if (!isValidName(topicName)) {
    const text = `SUB topic name ${goQuote(line.param(1))} is not valid`;
    throw new FatalClientError(ErrorCode.BadTopic, text);
  }
  if (!isValidName(channelName)) {
    const text = `SUB channel name ${goQuote(line.param(2))} is not valid`;
    throw new FatalClientError(ErrorCode.BadChannel, text);
  }
  const { auth } = client;
  if (auth !== null && !auth.check("SUB", topicName, channelName)) {
    return async () => {
      await auth.renewAndCheck("SUB", topicName, channelName);
      subscribe(client, topicName, channelName);
    };
  }
  subscribe(client, topicName, channelName);
}

function subscribe(client: Client, topicName: string, channelName: string): void {
  const { broker } = client.context;
  const { msgTimeoutMs, sampleRate } = client.settings;
  if (client.settings.joinOnly) checkJoinable(client, topicName);
  const settings = { msgTimeoutMs, sampleRate, locality: localityOf(client) };
  broker.barrier.begin();
  try {
    client.subscription = broker.channelToSubscribe(topicName, channelName)
      .subscribe(client.sink, settings);
  } catch (error) {
    const { message } = error as Error;
    throw new FatalClientError(ErrorCode.SubFailed, `SUB failed ${message}`, { cause: error });
  }
  client.state = ClientState.Subscribed;
  client.acknowledge(ErrorCode.SubFailed);
}

/** @throws FatalClientError unless the topic has a channel */
function checkJoinable({ context: { broker } }: Client, topicName: string): void {
  const topic = broker.topics.get(topicName);
  if (topic === undefined) {
    throw new FatalClientError(ErrorCode.NoTopic, `SUB topic ${topicName} does not exist`);
  }
  if (topic.channels.size === 0) {
    throw new FatalClientError(ErrorCode.NoChannel, `SUB topic ${topicName} has no channel`);
  }
}

/** `RDY count`; without a count: 1. */
export function RDY(client: Client, line: CommandLine): void {
  if (client.state === ClientState.Closing) {
    client.context.logger.info(
      `PROTOCOL(V2): [${client.name}] ignoring RDY after CLS in state ClientStateV2Closing`,
    );
    return;
  }
  const { subscription } = client;
  if (subscription === null) throw invalid("cannot RDY in current state");
  let count = 1;
  if (line.count > 1) {
    count = parseDecimal(line.bytes, line.start(1), line.end(1));
    if (count === NOT_A_NUMBER) throw invalid(`RDY could not parse count ${line.text(1)}`);
  }
  const { maxRdyCount } = client.context.options;
  if (count > maxRdyCount) {
    const int64 = BigInt.asIntN(64, BigInt(line.text(1)));
    throw invalid(`RDY count ${int64} out of range 0-${maxRdyCount}`);
  }
  subscription.setReady(count);
}

/** `FIN id` */
export function FIN({ subscription }: Client, line: CommandLine): void {
  if (subscription === null) throw invalid("cannot FIN in current state");
  line.require(2, "FIN insufficient number of params");
  const at = messageId(line);
  if (!subscription.finish(line.bytes, at)) {
    throw notInFlight(ErrorCode.FinFailed, "FIN", subscription, line.bytes, at);
  }
}

/** `REQ id timeoutMs` */
export function REQ(client: Client, line: CommandLine): void {
  const { subscription, context } = client;
  if (subscription === null) throw invalid("cannot REQ in current state");
  line.require(3, "REQ insufficient number of params");
  const at = messageId(line);
  const askedMs = parseDecimal(line.bytes, line.start(2), line.end(2));
  if (askedMs === NOT_A_NUMBER) throw invalid(`REQ could not parse timeout ${line.text(2)}`);
  const maxMs = context.options.maxReqTimeoutMs;
  const delayMs = Math.min(askedMs, maxMs);
  if (delayMs !== askedMs) {
    context.logger.info(
      `PROTOCOL(V2): [${client.name}] REQ timeout ${askedMs}ms out of range 0-${maxMs}ms. ` +
        `Setting to ${delayMs}ms`,
    );
  }
  if (!subscription.requeue(line.bytes, at, delayMs)) {
    throw notInFlight(ErrorCode.ReqFailed, "REQ", subscription, line.bytes, at);
  }
}

/** `TOUCH id` */
export function TOUCH({ subscription }: Client, line: CommandLine): void {
  if (subscription === null) throw invalid("cannot TOUCH in current state");
  line.require(2, "TOUCH insufficient number of params");
  const at = messageId(line);
  if (!subscription.touch(line.bytes, at)) {
    throw notInFlight(ErrorCode.TouchFailed, "TOUCH", subscription, line.bytes, at);
  }
}

/** `CLS`: no more messages, but what is in flight may still be finished. */
export function CLS(client: Client): void {
  if (client.state !== ClientState.Subscribed) throw invalid("cannot CLS in current state");
  client.subscription?.standDown();
  client.state = ClientState.Closing;
  client.output.frame(FrameType.Response, CLOSE_WAIT);
}

/** Where the id stands that is parameter 1. */
function messageId(line: CommandLine): number {
  const start = line.start(1);
  if (line.end(1) - start !== MESSAGE_ID_BYTES) throw invalid("invalid message ID");
  return start;
}

function notInFlight(
  code: ErrorCode,
  command: string,
  subscription: Subscription,
  bytes: Uint8Array,
  at: number,
): ClientError {
  const why = subscription.whyNotInFlight(bytes, at);
  return new ClientError(code, `${command} ${messageIdString(bytes, at)} failed ${why}`);
}

function localityOf(client: Client): Locality {
  const { settings, context: { options } } = client;
  if (!options.experiments.includes("topology-aware-consumption")) return Locality.Global;
  if (!settings.identified) return Locality.Global;
  if (settings.topologyZone === options.topologyZone) return Locality.Zone;
  return settings.topologyRegion === options.topologyRegion ? Locality.Region : Locality.Global;
}
