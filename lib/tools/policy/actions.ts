/** What can be done to policies. */

import { boolean, integer, text, textList } from "../../cli/kind.ts";
import { inGroup } from "../../cli/option_table.ts";
import type { Answer, Said } from "../../cluster/answer.ts";
import type { LocatedNode } from "../../cluster/daemons.ts";
import { listOf, objectOf } from "../../cluster/fields.ts";
import type { PolicyDefinition } from "../definitions/definitions.ts";
import { actOn } from "../session/acting.ts";
import { action } from "../session/action.ts";
import { counted } from "../session/found.ts";
import type { Item, Value } from "../session/item.ts";
import type { Session } from "../session/session.ts";
import {
  effectIn,
  effectWithout,
  effectWords,
  policiesNamed,
  putPolicy,
  thereAlready,
} from "./effect.ts";
import { FIELDS_HELP, settingOf, settingsOf } from "./settings.ts";

const MAX_PRIORITY = 2 ** 31 - 1;

const policy = inGroup("Policy"), general = inGroup("General");

/** `nsq policy create`. */
export const CREATE = action({
  name: "create",
  words: "NAME",
  summary:
    "Makes a policy on every broker, or replaces the one of this name. Asks where it replaces one,\n" +
    "or takes messages from where they wait.",
  examples: [
    {
      title: "what would it concern?",
      lines: [
        "nsq policy create patience --topic='orders*' --set=max_attempts=5 --set=backoff=1s,10s,1m --dry-run",
      ],
    },
    {
      title: "make it so; backoff is a list, the others are not",
      lines: [
        "nsq policy create patience --topic='orders*' --set=max_attempts=5 --set=backoff=1s,10s,1m",
      ],
    },
  ],
  asks: true,
  check({ set }) {
    settingsOf(set);
  },
  table: {
    topic: policy(
      "topic",
      text({ valueName: "glob" }),
      "",
      "topics that it is for; default: all of them, after a question",
    ),
    channel: policy("channel", text({ valueName: "glob" }), "*", "channels that it is for"),
    priority: policy(
      "priority",
      integer({ min: -MAX_PRIORITY, max: MAX_PRIORITY }),
      0,
      "where several match, the highest counts",
    ),
    set: policy(
      "set",
      textList({ valueName: "field=value", check: (each) => void settingOf(each) }),
      [],
      "what it says, such as max_attempts=5 (may be given multiple times); a list as backoff=1s,10s,\n" +
        `or backoff=1s and once more backoff=10s.\n${FIELDS_HELP}`,
    ),
    dryRun: general("dry-run", boolean(), false, "tell what it would concern, and change nothing"),
  },
  async run(session, { topic, channel, priority, set, dryRun }, [name = ""]) {
    const { cluster } = session;
    const policy = { name, topic: topic || "*", channel, priority, set: settingsOf(set) };
    const nodes = await cluster.everyNode();
    const looked = await putPolicy(cluster, nodes, policy, true);
    const isRefused = looked.value.length === 0;
    if (!dryRun && !isRefused) {
      await confirmPut(session, nodes, policy, looked.value, topic === "");
    }
    const { value, errors } = dryRun || isRefused
      ? looked
      : await putPolicy(cluster, nodes, policy);
    const items = value.map(({ node, value }) => effectItem(name, node, value, dryRun));
    return {
      items,
      columns: [],
      name: () => name,
      lines: items.map(effectLine),
      errors,
    };
  },
});

/**
 * Asks where messages are lost, become dead letters, a policy is replaced, or a new one is for all topics since nobody said for which; in
 * production always. @throws Declined
 */
async function confirmPut(
  session: Session,
  nodes: Answer<LocatedNode[]>,
  policy: PolicyDefinition,
  looked: readonly Said<unknown>[],
  isForAll: boolean,
): Promise<void> {
  const { same, replaced } = await thereAlready(session.cluster, nodes, policy);
  const does = [
    ...effectWords(effectIn(looked)),
    ...replaced > 0 ? [`replaces the policy of this name on ${counted(replaced, "broker")}`] : [],
    ...isForAll && same < looked.length
      ? [`concerns all topics, as there is no --topic: ${concernedBy(looked)} today`]
      : [],
  ];
  if (does.length === 0 && !session.target.isProduction) return;
  const where = `Setting policy ${policy.name} on ${counted(looked.length, "broker")}`;
  session.confirm(`${where} ${does.join(" and ") || "loses nothing"}`);
}

/** How many topics and channels there are of those a policy is for, each once though several brokers have it. */
function concernedBy(looked: readonly Said<unknown>[]): string {
  const countOf = (field: string) =>
    new Set(
      looked.flatMap(({ value }) =>
        listOf(objectOf(value)[field]).map((each) => JSON.stringify(each))
      ),
    ).size;
  return `${counted(countOf("topics"), "topic")} and ${counted(countOf("channels"), "channel")}`;
}

function effectItem(policy: string, node: string, answer: unknown, dryRun: boolean): Item {
  const { topics, channels, would_drop, would_dead_letter } = objectOf(answer);
  return {
    policy,
    node,
    done: dryRun ? "looked" : "created",
    topics: listOf(topics) as Value[],
    channels: listOf(channels) as Value[],
    would_drop: would_drop as Value,
    would_dead_letter: would_dead_letter as Value,
  };
}

function effectLine(
  { policy, node, done, topics, channels, would_drop: drops, ...more }: Item,
): string {
  const concerned = `${counted(listOf(topics).length, "topic")} and ` +
    counted(listOf(channels).length, "channel");
  const lost = [
    ...Number(drops) > 0 ? [`drops ${counted(Number(drops), "message")}`] : [],
    ...Number(more.would_dead_letter) > 0
      ? [`makes dead letters of ${counted(Number(more.would_dead_letter), "message")}`]
      : [],
  ].join(", ");
  const verb = done === "looked" ? "would concern" : "concerns";
  return `policy ${policy} ${verb} ${concerned} on ${node}${lost === "" ? "" : `, ${lost}`}`;
}

/** `nsq policy delete`. */
export const DELETE = action({
  name: "delete",
  words: "NAME",
  summary: "Deletes a policy on every broker. Topics and channels go on without it at once.",
  examples: [
    { title: "without a question, for a script", lines: ["nsq policy delete old --yes"] },
    {
      title: "on one broker alone",
      lines: ["nsq policy delete older --yes --nsqd-http-address=127.0.0.1:4151"],
    },
  ],
  asks: true,
  table: {},
  async run(session, _options, [name = ""]) {
    const { cluster } = session;
    const nodes = await cluster.everyNode();
    const there = await policiesNamed(cluster, nodes, name);
    if (there.length > 0) {
      const does = effectWords(await effectWithout(cluster, nodes, name));
      const where = `Deleting policy ${name} on ${counted(there.length, "broker")}`;
      session.confirm([where, does.join(" and ")].filter((each) => each !== "").join(" "));
    }
    const { value, errors } = await actOn(cluster, nodes, "/policy/delete", { name });
    const done = value.map(({ node }) => node);
    return {
      items: done.map((node) => ({ policy: name, node, done: "deleted" })),
      columns: [],
      name: () => name,
      lines: done.length === 0 ? [] : [`deleted policy ${name} on ${done.join(", ")}`],
      errors,
    };
  },
});
