/**
 * A client of NSQ: consumers and producers that survive the loss of any nsqd. See the README beside this file.
 *
 * ```ts
 * import { Consumer, Producer } from "@nsq-ts/client";
 *
 * const producer = new Producer({ nsqd: ["127.0.0.1:4150"] });
 * await producer.publish("orders", "one coffee");
 *
 * const consumer = new Consumer({ topic: "orders", channel: "billing", nsqd: ["127.0.0.1:4150"] });
 * await consumer.run((message) => console.log(new TextDecoder().decode(message.body)));
 * ```
 * @module
 */
export { applyConfigOption, type ConfigurableOptions } from "./options/config_option.ts";
export { Consumer, type ConsumerStats } from "./consumer/consumer.ts";
export type { Handler, RunOptions } from "./consumer/handler_pool.ts";
export type { Logger } from "../log/logger.ts";
export type { LogLevel } from "../log/level.ts";
export type { Message, RequeueOptions } from "./consumer/message.ts";
export { checkConnectionOptions } from "./options/options.ts";
export type {
  BackoffStrategy,
  ConnectionOptions,
  ConsumerOptions,
  TlsOptions,
} from "./options/options.ts";
export {
  Producer,
  type ProducerOptions,
  type PublishOptions,
  type PublishReceipt,
} from "./producer/producer.ts";
export { type Acknowledgement, type PublishAttempt, PublishError } from "./producer/error.ts";
export {
  cancelDrain,
  drain,
  type DrainOptions,
  type DrainReceipt,
  type DrainRemainder,
} from "./drain.ts";
