/** Deletes what only lookupd knows. */
import type { ActionRequest } from "../../console/contract.ts";
import { actions, mayAct } from "./api.ts";
import { ActionButton, type Question } from "./dialog.tsx";

/** @param isComplete whether all nodes answer, so that it is known that none has it */
export function ForgetTopic(
  { topic, channel, isComplete, refresh }: {
    topic: string;
    channel?: string;
    isComplete: boolean;
    refresh(): void;
  },
) {
  if (!mayAct) return null;
  const name = channel ?? topic;
  const what = channel === undefined ? "topic" : "channel";
  const request: ActionRequest = {
    deed: "delete",
    topic,
    ...(channel !== undefined && { channel }),
  };
  const question: Question = {
    title: `Delete ${what} ${name}`,
    verb: `Delete ${what}`,
    request,
    action: channel === undefined
      ? actions.deleteTopic(topic)
      : actions.deleteChannel(topic, channel),
    effect: isComplete
      ? <p>lookupd forgets it. No node has it, so no message is lost.</p>
      : (
        <p class="note warning">
          lookupd forgets it. No node that answers has it; those that do not answer may have it,
          with messages.
        </p>
      ),
    nameToType: name,
    isDestructive: true,
    done: `${what === "topic" ? "Topic" : "Channel"} ${name} was deleted.`,
  };
  return (
    <ActionButton
      label="Delete"
      class="danger-quiet small"
      question={question}
      onAsk={refresh}
      onDone={refresh}
    />
  );
}
