/** What can be done to messages that nobody waits for: back to the consumers, or away. */
import type { LocatedNode } from "../../../lib/cluster/daemons.ts";
import type { MessageDeedAnswer, MessageDeedRequest } from "./contract.ts";
import { type Asking, askNodes } from "./ask_nodes.ts";

/** Does it on these nodes. */
export async function doToMessages(
  daemons: Asking,
  nodes: readonly LocatedNode[],
  { deed, topic, channel, state, id }: MessageDeedRequest,
): Promise<MessageDeedAnswer> {
  const names = { topic, channel };
  const { answers, failed, cannot, missing } = await askNodes(nodes, async (address) => {
    switch (deed) {
      case "kick":
        return await daemons.command(address, "/channel/kick", { ...names, state, id });
      case "delete":
        return await daemons.command(address, "/message/delete", { ...names, id });
      case "emptyDead":
        return await daemons.command(address, "/channel/dead/empty", names);
    }
  });
  return {
    done: answers.map(({ node }) => node),
    failed: [
      ...failed,
      ...cannot.map((node) => ({ node, reason: "this broker has no such call" })),
      // Of one message only: among all of them, those that are gone meanwhile do not matter.
      ...(id === undefined ? [] : missing).map((node) => ({
        node,
        reason: "the message is not there any more: it was delivered, or somebody was quicker",
      })),
    ],
  };
}
