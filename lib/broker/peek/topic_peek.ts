import type { TopicWaiting } from "../waiting.ts";
import { Collector, type Peeked, type PeekedTopicState, type PeekRequest } from "./collector.ts";
import { inSlices } from "./slices.ts";

/** Looks at what waits at a topic, as no channel has it yet, and changes nothing. @throws what reading a disk throws */
export async function peekTopic(
  waiting: TopicWaiting,
  state: PeekedTopicState,
  request: PeekRequest,
): Promise<Peeked> {
  const into = new Collector(request), { offset } = request;
  const { memoryDepth, diskDepth, deferredDepth: deferred } = waiting;
  const total = state === "deferred" ? deferred : memoryDepth + diskDepth - deferred;
  const walk = state === "deferred"
    ? waiting.peekDeferred(offset, into)
    : waiting.peek(offset, into);
  await inSlices(walk);
  return { total, messages: into.messages };
}
