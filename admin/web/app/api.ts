/** Requests that change something, and the same as a command line. */
import { config, url } from "./config.ts";

/** A request to the console's API. */
export interface Action {
  method: "POST" | "DELETE" | "PUT";
  /** With base path. */
  path: string;
  body?: Record<string, unknown>;
}

/** What can be done to a topic or channel without removing it. */
export type Verb = "pause" | "unpause" | "empty";

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

/**
 * Does it; gives back the answer, whose `message` holds warnings.
 *
 * @throws Error with what the server says
 */
export async function perform<T = { message?: string }>(action: Action): Promise<T> {
  const response = await fetch(action.path, {
    method: action.method,
    ...(action.body && {
      body: JSON.stringify(action.body),
      headers: { "Content-Type": "application/json" },
    }),
  });
  const text = await response.text();
  const answer = text === "" ? {} : JSON.parse(text);
  if (!response.ok) throw new Error(answer.message ?? `status ${response.status}`);
  return answer;
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
