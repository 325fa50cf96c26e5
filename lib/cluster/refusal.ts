/** Why a daemon refuses a call, for people: its answer is a code, or JSON around one. */

import { HttpStatusError } from "../http/json_client.ts";
import { objectOf, textOf } from "./fields.ts";

/** What the codes of nsqd and nsqlookupd mean. */
const CODES: Readonly<Record<string, string>> = {
  TOPIC_NOT_FOUND: "has no such topic",
  CHANNEL_NOT_FOUND: "has no such channel",
  POLICY_NOT_FOUND: "has no such policy",
  MESSAGE_NOT_FOUND: "has no such message",
  INVALID_TOPIC: "takes no topic of this name",
  INVALID_CHANNEL: "takes no channel of this name",
  DISK_ERROR: "could not write that to its disk: its log says why",
  FORBIDDEN: "refuses: this needs other rights",
  UNAUTHORIZED: "refuses: this needs a secret, see --auth-secret-file",
};

/** Gives what `answer` gives. @throws Error that says in words what a daemon answered which did not do `path` */
export async function inWords<T>(path: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof HttpStatusError)) throw error;
    throw new Error(reasonOf(path, error), { cause: error });
  }
}

/** As {@link inWords}, where a daemon refuses for want of a token or a role; any other answer is the caller's to judge. */
export async function accessInWords<T>(path: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const isRefused = error instanceof HttpStatusError && [401, 403].includes(error.status);
    throw isRefused ? new Error(reasonOf(path, error), { cause: error }) : error;
  }
}

function reasonOf(path: string, { status, text }: HttpStatusError): string {
  const said = messageIn(text);
  if (status === 404 && said === "NOT_FOUND") {
    return `does not know the call ${path}: it is Go's nsqd, or older than this program`;
  }
  if (status === 401) return `refuses: ${said}, see --auth-secret-file`;
  if (said === "" || said.startsWith("<")) return `answered with status ${status}`;
  return CODES[said] ?? said;
}

function messageIn(text: string): string {
  try {
    return textOf(objectOf(JSON.parse(text)).message);
  } catch {
    return text.trim(); // not all answers are JSON
  }
}
