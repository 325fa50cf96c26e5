/**
 * A client of NSQ: consumers and producers that survive the loss of any nsqd. See the README beside this file.
 *
 * ```ts
 * import { Consumer, Producer } from "./lib/client/mod.ts";
 *
 * const producer = new Producer({ nsqd: ["127.0.0.1:4150"] });
 * await producer.publish("orders", "one coffee");
 *
 * const consumer = new Consumer({ topic: "orders", channel: "billing", nsqd: ["127.0.0.1:4150"] });
 * await consumer.run((message) => console.log(new TextDecoder().decode(message.body)));
 * ```
 * @module
 */
export { applyConfigOption, type ConfigurableOptions } from "./config_option.ts";
export { Consumer, type ConsumerStats } from "./consumer.ts";
export type { Handler, RunOptions } from "./dispatcher.ts";
export type { Message, RequeueOptions } from "./message.ts";
export { checkConnectionOptions } from "./options.ts";
export type { BackoffStrategy, ConnectionOptions, ConsumerOptions, TlsOptions } from "./options.ts";
export { Producer, type ProducerOptions, type PublishReceipt } from "./producer.ts";
export { type Acknowledgement, type PublishAttempt, PublishError } from "./producer_error.ts";
