import type { Daemons, LocatedNode } from "../../../lib/cluster/daemons.ts";
import { nodeName } from "../../../lib/cluster/node.ts";
import { HttpStatusError } from "../../../lib/http/json_client.ts";
import type { NodeFailure } from "./contract.ts";

/** What many nodes said to the same question. */
export interface NodeAnswers<T> {
  answers: { node: string; value: T }[];
  failed: NodeFailure[];
  /** Nodes that have no such call. */
  cannot: string[];
  /** Nodes that do not have what was asked for. */
  missing: string[];
}

/** Asks all at once. Never throws for a node that fails. */
export async function askNodes<T>(
  nodes: readonly LocatedNode[],
  ask: (address: string) => Promise<T>,
): Promise<NodeAnswers<T>> {
  const all: NodeAnswers<T> = { answers: [], failed: [], cannot: [], missing: [] };
  await Promise.all(nodes.map(async (each) => {
    const node = nodeName(each.node);
    try {
      all.answers.push({ node, value: await ask(each.address) });
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (isUnknownCall(error)) all.cannot.push(node);
      else if (error instanceof HttpStatusError && error.status === 404) all.missing.push(node);
      else all.failed.push({ node, reason: saidBy(error) });
    }
  }));
  all.answers.sort((a, b) => a.node < b.node ? -1 : 1);
  return all;
}

/** What a node said of its own accord, or why it said nothing. */
function saidBy(error: Error): string {
  if (!(error instanceof HttpStatusError)) return error.message;
  try {
    const { message } = JSON.parse(error.text);
    if (typeof message === "string") return message;
  } catch {
    // Not an answer of nsqd's: it is quoted as it is.
  }
  return error.message;
}

/** A path that a broker does not have is 404 NOT_FOUND; a state that it does not know is 400. */
function isUnknownCall(error: Error): boolean {
  if (!(error instanceof HttpStatusError)) return false;
  const said = saidBy(error);
  return error.status === 404 && said === "NOT_FOUND" ||
    error.status === 405 ||
    error.status === 400 && said.startsWith("state");
}

/** Where an answer of nsqd's is read, and its calls are made. */
export type Asking = Pick<Daemons, "getJson" | "postJson" | "command">;
