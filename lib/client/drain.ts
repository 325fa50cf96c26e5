import { JsonClient } from "../http/json_client.ts";

const CONNECT_TIMEOUT_MS = 5000;

/** How {@link drain} takes an nsqd out of service. */
export interface DrainOptions {
  /** After which what is left goes to disk, and the nsqd ends all the same. Default: it takes its time. */
  deadlineMs?: number;
  /** The token to show, where the nsqd asks for one (`--http-auth-file`). */
  authSecret?: string;
}

/** Who held messages at the deadline. */
export interface DrainRemainder {
  readonly topic: string;
  /** Left out for messages that wait at the topic. */
  readonly channel?: string;
  readonly depth: number;
  readonly in_flight_count: number;
  readonly deferred_count: number;
  readonly client_count: number;
  readonly waits_for: string;
}

/** What a drain has left behind. */
export interface DrainReceipt {
  /** Messages on the nsqd's disk; 0 when all were consumed. */
  readonly messageCount: number;
  readonly remaining: readonly DrainRemainder[];
}

/**
 * Takes an nsqd out of service: it refuses publishers, goes on with consumers, and ends when they are through. Resolves then. Go's nsqd cannot do it.
 * @param nsqd its HTTP address, `host:port`
 * @throws Error when it cannot be reached, or somebody cancels the drain or stops the process meanwhile
 */
export async function drain(
  nsqd: string,
  { deadlineMs, authSecret }: DrainOptions = {},
): Promise<DrainReceipt> {
  const client = new JsonClient({
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    requestTimeoutMs: 0,
    ...authSecret !== undefined && { authorization: `Bearer ${authSecret}` },
  });
  const deadline = deadlineMs === undefined ? "" : `&deadline=${deadlineMs}ms`;
  try {
    const answer = await client.post(`http://${nsqd}/drain?wait=true${deadline}`, undefined);
    const { end, message_count, remaining } = answer as {
      end: string;
      message_count: number;
      remaining: DrainRemainder[];
    };
    if (end === "cancelled" || end === "stopped") throw new Error(`the drain was ${end}`);
    return { messageCount: message_count, remaining };
  } finally {
    client.close();
  }
}

/** An nsqd that drains takes publishes again. @param nsqd its HTTP address, `host:port` @throws Error when it cannot be reached */
export async function cancelDrain(
  nsqd: string,
  { authSecret }: Pick<DrainOptions, "authSecret"> = {},
): Promise<void> {
  const client = new JsonClient({
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    requestTimeoutMs: CONNECT_TIMEOUT_MS,
    ...authSecret !== undefined && { authorization: `Bearer ${authSecret}` },
  });
  try {
    await client.command(`http://${nsqd}/drain/cancel`);
  } finally {
    client.close();
  }
}
