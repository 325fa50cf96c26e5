/** Requests that change something, and the same as a command line. */
import type { ActionAnswer, ActionRequest } from "../../console/contract.ts";
import { config, url } from "./config.ts";

/** A request to the server's API. */
export interface Action {
  method: "POST" | "DELETE" | "PUT";
  /** With base path. */
  path: string;
  body?: Record<string, unknown>;
}

/** What can be done to a topic or channel without removing it. */
export type Verb = "pause" | "unpause" | "empty";

/** The same that is offered as a command line is done by {@link doIt}, which tells where it failed. */
export const actions = {
  create: (topic: string, channel: string): Action => ({
    method: "POST",
    path: url`/api/topics`,
    body: { topic, channel },
  }),
  topic: (topic: string, action: Verb): Action => ({
    method: "POST",
    path: url`/api/topics/${topic}`,
    body: { action },
  }),
  channel: (topic: string, channel: string, action: Verb): Action => ({
    method: "POST",
    path: url`/api/topics/${topic}/${channel}`,
    body: { action },
  }),
  deleteTopic: (topic: string): Action => ({ method: "DELETE", path: url`/api/topics/${topic}` }),
  deleteChannel: (topic: string, channel: string): Action => ({
    method: "DELETE",
    path: url`/api/topics/${topic}/${channel}`,
  }),
  tombstone: (topic: string, node: string): Action => ({
    method: "DELETE",
    path: url`/api/nodes/${node}`,
    body: { topic },
  }),
  publish: (topic: string, body: string, delayMs: number, node: string): Action => ({
    method: "POST",
    path: url`/api/console/topics/${topic}/publish`,
    body: { body, delayMs, ...(node !== "" && { node }) },
  }),
};

/** A server that takes longer than this to show something is said not to answer. */
export const PATIENCE_MS = 20_000;

/**
 * Asks the console: the one place where that is done. The browser's own cache is left out, as it would
 * answer 304 with a full body again.
 *
 * @throws Error that says in people's words why there is no answer; an AbortError when it was aborted
 */
export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(path, { cache: "no-store", ...init });
  } catch (error) {
    throw inWords(error as Error, "the console cannot be reached");
  }
}

/**
 * What the console answered.
 *
 * @throws Error with what it says when it refuses; another one when something between here and it broke
 * off, or answered in its place
 */
export async function answerOf<T>(response: Response): Promise<T> {
  const text = await response.text().catch((error) => {
    throw inWords(error, "the console's answer broke off");
  });
  let answer;
  try {
    answer = JSON.parse(text); // an empty one is what is left of an answer that was cut in its head
  } catch {
    throw new Error(
      `what answered (status ${response.status}) is not the console, or its answer broke off`,
    );
  }
  if (!response.ok) throw new Error(answer.message ?? `status ${response.status}`);
  return answer;
}

/** Browsers call it "Failed to fetch". */
function inWords(error: Error, words: string): Error {
  if (error.name === "AbortError") return error;
  const isLate = error.name === "TimeoutError";
  return new Error(isLate ? `the console did not answer within ${PATIENCE_MS / 1000} s` : words);
}

/**
 * Does it; gives back the answer, whose `message` holds warnings.
 *
 * @throws Error with what the server says
 */
export async function perform<T = { message?: string }>(action: Action): Promise<T> {
  const response = await request(action.path, {
    method: action.method,
    ...(action.body && {
      body: JSON.stringify(action.body),
      headers: { "Content-Type": "application/json" },
    }),
  });
  return await answerOf<T>(response);
}

/** Does something to a topic or channel wherever it is. @throws Error with what the server says */
export function doIt(request: ActionRequest): Promise<ActionAnswer> {
  const path = url`/api/console/actions`;
  return perform<ActionAnswer>({ method: "POST", path, body: { ...request } });
}

/** Drops a lost node from all figures. */
export function forgetNode(node: string): Promise<unknown> {
  return perform({ method: "DELETE", path: url`/api/console/nodes/${node}` });
}

/** The same for a shell. */
export function asCurl({ method, path, body }: Action): string {
  const words = ["curl", ...(method === "POST" ? [] : ["-X", method])];
  if (body !== undefined) words.push("-d", quote(JSON.stringify(body)));
  else if (method === "POST") words.push("-X", "POST");
  return [...words, quote(location.origin + path)].join(" ");
}

/** Publishing straight to a broker, for a shell. */
export function publishAsCurl(node: string, topic: string, body: string, delayMs: number): string {
  const query = new URLSearchParams({ topic, ...(delayMs > 0 && { defer: String(delayMs) }) });
  return `curl --data-binary ${quote(body)} ${quote(`http://${node}/pub?${query}`)}`;
}

/** What to tell about something thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether this visitor is offered actions at all. */
export const mayAct = config.isAdmin;

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
