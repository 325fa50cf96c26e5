import type { Topic } from "../topic.ts";
import type { ModelTopic } from "./model_topic.ts";

/** Moves a channel of a durable topic to any message that is kept, or makes it begin there. @param below gives a whole number in [0, below) */
export function moveToPast(
  { real, model }: { real: Topic; model: ModelTopic },
  name: string,
  step: number,
  below: (below: number) => number,
): void {
  const journal = real.journal!, end = journal.handedOnEnd;
  const first = Math.min(Math.max(journal.firstIndex, model.goneEnd), end);
  const index = first + below(end - first + 1);
  const messages = Array.from({ length: end - index }, (_, i) => model.messages.get(index + i)!);
  const existing = real.existingChannel(name);
  model.channel(name, false).moveTo(messages, step);
  if (existing !== undefined) existing.moveTo(index);
  else real.channel(name, index);
}
