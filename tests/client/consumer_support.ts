/** What the tests of the consumer share: a log to look at, and messages to send. */
import { type Consumer, type Handler, type RunOptions } from "../../lib/client/mod.ts";
import type { Logger, LogLevel } from "../../lib/log/logger.ts";
import { messageBatch, type Nsqd } from "../harness/mod.ts";

/** Keeps what is logged. */
export class LogBook implements Logger {
  level: LogLevel = 1;
  readonly lines: string[] = [];

  enabled(): boolean {
    return true;
  }
  debug(text: string): void {
    this.lines.push(`debug ${text}`);
  }
  info(text: string): void {
    this.lines.push(`info ${text}`);
  }
  warn(text: string): void {
    this.lines.push(`warn ${text}`);
  }
  error(text: string): void {
    this.lines.push(`error ${text}`);
  }
  fatal(text: string): void {
    this.lines.push(`fatal ${text}`);
  }

  /** How many lines match. */
  count(pattern: RegExp): number {
    return this.lines.filter((line) => pattern.test(line)).length;
  }
}

/** `host:port` of an nsqd. */
export function tcpAddress({ tcpPort }: { tcpPort: number }): string {
  return `127.0.0.1:${tcpPort}`;
}

/** `host:port` of a lookupd. */
export function httpAddress({ httpPort }: { httpPort: number }): string {
  return `127.0.0.1:${httpPort}`;
}

/** Publishes `prefix 0`, `prefix 1`, ... */
export async function publish(
  nsqd: Nsqd,
  topic: string,
  count: number,
  prefix = "message",
): Promise<void> {
  const bodies = Array.from({ length: count }, (_, i) => `${prefix} ${i}`);
  await nsqd.post(`/mpub?binary=true&topic=${topic}`, messageBatch(bodies));
}

/** The text of a body. */
export function textOf(message: { body: Uint8Array }): string {
  return new TextDecoder().decode(message.body);
}

/** Runs a consumer until the end of the scope. */
export function running(
  consumer: Consumer,
  handler: Handler,
  options?: RunOptions,
): AsyncDisposable {
  const run = consumer.run(handler, options);
  return {
    async [Symbol.asyncDispose]() {
      await consumer.stop(2000);
      await run;
    },
  };
}
