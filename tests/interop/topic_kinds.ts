/** What topics the tests of libraries run on: no client knows whether its topic is durable. */
import { isReference } from "../harness/mod.ts";

/** Flags of the broker, and what a test's name says of them. */
export interface TopicKind {
  readonly flags: readonly string[];
  readonly suffix: string;
}

const usual: TopicKind = { flags: [], suffix: "" };
const durable: TopicKind = { flags: ["--durable=*"], suffix: ", on durable topics" };

/** The reference has no durable topics. */
export const topicKinds: readonly TopicKind[] = isReference ? [usual] : [usual, durable];
