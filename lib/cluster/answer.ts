/** What many daemons said to one question, some of which may not have answered. */

import { visible } from "../log/visible.ts";
import { bareReason } from "../net/bare_reason.ts";

/** Why a daemon gave no answer. */
export interface DaemonError {
  /** "host:port" of its HTTP API */
  readonly address: string;
  readonly message: string;
}

/** What those who answered said, put together, and who did not. */
export interface Answer<T> {
  readonly value: T;
  readonly errors: readonly DaemonError[];
}

/** Nobody gave an answer. Its message names each daemon with its reason. */
export class UpstreamError extends Error {
  override readonly name = "UpstreamError";

  constructor(kind: DaemonKind, readonly errors: readonly DaemonError[]) {
    super(`failed to query any ${kind}: ${describeErrors(errors)}`);
  }
}

/** Daemons by the names that the reference's messages have for them. */
export type DaemonKind = "nsqd" | "nsqlookupd";

/** The errors as one text, a line each: addresses are what daemons announce, messages may hold what they sent. */
export function describeErrors(errors: readonly DaemonError[]): string {
  return errors.map(({ address, message }) => visible(`${address}: ${message}`)).join("\n");
}

/** Whether it is a lookupd's answer that it knows no such topic, and nothing is wrong with the lookupd. */
export function saysTopicUnknown({ message }: DaemonError): boolean {
  return message.includes("TOPIC_NOT_FOUND");
}

/** What one daemon said. */
export interface Said<T> {
  readonly address: string;
  readonly value: T;
}

/** Asks all at once; whoever fails is among the errors. Values come in the order of `asked`. */
export async function gather<A, T>(
  asked: readonly A[],
  addressOf: (each: A) => string,
  ask: (each: A) => Promise<T>,
): Promise<Answer<Said<T>[]>> {
  const outcomes = await Promise.allSettled(asked.map(ask));
  const value: Said<T>[] = [];
  const errors: DaemonError[] = [];
  for (const [at, outcome] of outcomes.entries()) {
    const address = addressOf(asked[at]!);
    if (outcome.status === "fulfilled") value.push({ address, value: outcome.value });
    else errors.push({ address, message: bareReason(address, (outcome.reason as Error).message) });
  }
  return { value, errors };
}

/** As {@link gather}. @throws UpstreamError when not one of them answered */
export async function gatherSome<A, T>(
  kind: DaemonKind,
  asked: readonly A[],
  addressOf: (each: A) => string,
  ask: (each: A) => Promise<T>,
): Promise<Answer<Said<T>[]>> {
  const answer = await gather(asked, addressOf, ask);
  if (answer.value.length === 0) throw new UpstreamError(kind, answer.errors);
  return answer;
}
