/** What can be done to a broker. */

import { tombstone } from "../../cluster/actions.ts";
import { nodeName } from "../../cluster/node.ts";
import { action } from "../session/action.ts";
import { doneReport } from "../session/acting.ts";
import { counted, look, unfinished } from "../session/found.ts";
import { findNode } from "./find.ts";

/** `nsq node tombstone`. */
export const TOMBSTONE = action({
  name: "tombstone",
  words: "NODE TOPIC",
  summary:
    "Hides a broker from those who look up a topic, and deletes the topic on it. For a topic\n" +
    "that is produced elsewhere from now on: needs a lookupd.",
  examples: [
    {
      title: "without a question, for a script",
      lines: [
        "nsq node tombstone 127.0.0.1:4151 moved --yes --lookupd-http-address=127.0.0.1:4161",
      ],
    },
    {
      title: "what is on it still?",
      lines: ["nsq node info 127.0.0.1:4151 --lookupd-http-address=127.0.0.1:4161"],
    },
  ],
  asks: true,
  table: {},
  async run(session, _options, [name = "", topic = ""]) {
    const { cluster } = session;
    if (!cluster.hasLookupd) throw new Error("a tombstone is kept by lookupds: name one");
    const snapshot = await look(cluster);
    const node = findNode(snapshot, name);
    const address = snapshot.addresses.get(nodeName(node))!;
    const there = snapshot.stats
      .find((each) => each.node === nodeName(node) && each.topic_name === topic);
    if (there !== undefined) {
      const messages = (there.channels ?? [])
        .reduce((sum, channel) => sum + unfinished(channel), there.depth);
      session.confirm(
        `Taking topic ${topic} from ${nodeName(node)} loses ${counted(messages, "message")} there`,
      );
    }
    const located = { address, node };
    const errors = await tombstone(cluster, { name: nodeName(node), located }, topic);
    const done = errors.length === 0 ? [nodeName(node)] : [];
    return doneReport({ topic }, "hidden and deleted:", done, errors);
  },
});
