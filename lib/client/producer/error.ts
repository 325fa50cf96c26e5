/** What a producer tells of a publish that failed. */
import { bareReason } from "../../net/bare_reason.ts";

/** Whether an nsqd has a message: certainly not, or nobody knows, because its answer never came. */
export type Acknowledgement = false | "unknown";

/** One attempt to publish. */
export interface PublishAttempt {
  /** Address of the nsqd; of the lookupd where none was found. */
  readonly nsqd: string;
  /** Why it failed: the nsqd's error, or what happened to the connection. */
  readonly reason: string;
  readonly acknowledged: Acknowledgement;
}

/** A publish that failed for good. */
export class PublishError extends Error {
  override readonly name = "PublishError";
  /**
   * `false`: no nsqd has the message. `"unknown"`: a connection was lost after the message was sent and before its answer
   * came, so that an nsqd may have it.
   */
  readonly acknowledged: Acknowledgement;

  /** @param attempts in order; none for what was not worth sending */
  constructor(what: string, readonly attempts: readonly PublishAttempt[]) {
    super(attempts.length === 0 ? what : `${what}: ${describe(attempts)}`);
    this.acknowledged = attempts.some((each) => each.acknowledged === "unknown")
      ? "unknown"
      : false;
    const last = attempts.at(-1);
    if (last !== undefined) this.cause = new Error(textOf(last));
  }
}

/** The attempts, each failure once, with how often it was met. */
function describe(attempts: readonly PublishAttempt[]): string {
  const counts = new Map<string, number>();
  for (const text of attempts.map(textOf)) {
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].map(([text, count]) => count === 1 ? text : `${text} (${count} times)`)
    .join("; ");
}

function textOf({ nsqd, reason }: PublishAttempt): string {
  return `${nsqd}: ${bareReason(nsqd, reason)}`;
}

/** What to do after an error frame that answered a publish. */
export type Verdict = "refused" | "retry" | "retry-unknown";

/** Codes of failures that another nsqd, or the same one later, may not have. */
const TRANSIENT = /^E_(PUB|DPUB)_FAILED\b/;
/** nsqd may have stored some of the messages before it failed. */
const PARTIAL = /^E_MPUB_FAILED\b/;

/** Whether an nsqd takes nothing more because it is taken out of service: another one will, and this one soon ends. */
export function isDraining(errorText: string): boolean {
  return /^E_[MD]?PUB_FAILED [MD]?PUB failed draining$/.test(errorText);
}

/** Whether a policy of the broker's leaves no room: it looks before any message of a batch is stored. */
function isForWantOfRoom(errorText: string): boolean {
  return /^E_[MD]?PUB_FAILED [MD]?PUB failed channel \S+ is full, its max_(depth|bytes) is /
    .test(errorText);
}

/** Tells an nsqd's trouble, which another may not have, from that of the message, which all will refuse. */
export function verdictOn(errorText: string): Verdict {
  if (isDraining(errorText) || isForWantOfRoom(errorText)) return "retry";
  if (PARTIAL.test(errorText)) return "retry-unknown";
  return TRANSIENT.test(errorText) ? "retry" : "refused";
}

/** Whether an error of a batch may be the fault of one message in it: the others deserve to be tried without. */
export function isAboutBody(errorText: string): boolean {
  return /^E_BAD_(MESSAGE|BODY)\b/.test(errorText);
}

/** Whether an error is that of a batch as a whole: each of its messages may be right. */
export function isAboutBatch(errorText: string): boolean {
  return /^E_BAD_BODY\b/.test(errorText);
}
