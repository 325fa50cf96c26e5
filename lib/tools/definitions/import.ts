import { needsOthers } from "../../policies/fitting.ts";
import { boolean } from "../../cli/kind.ts";
import { inGroup } from "../../cli/option_table.ts";
import type { Answer, DaemonError } from "../../cluster/answer.ts";
import type { LocatedNode } from "../../cluster/daemons.ts";
import { effectIn, effectWords, putPolicy } from "../policy/effect.ts";
import { actOn } from "../session/acting.ts";
import { action } from "../session/action.ts";
import { counted } from "../session/found.ts";
import type { Item } from "../session/item.ts";
import type { Session } from "../session/session.ts";
import { compare, type Difference } from "./compare.ts";
import { type Definitions, readDefinitions } from "./definitions.ts";
import { changeLine } from "./diff.ts";
import { definitionsOf } from "./read_cluster.ts";

/** `nsq import`. */
export const IMPORT = action({
  name: "import",
  words: "FILE",
  summary:
    "Makes what a file of nsq export has and the cluster has not, on every broker; pauses and\n" +
    "unpauses as it says, replaces policies. Deletes nothing. FILE may be - for stdin.",
  examples: [
    { title: "what would it do?", lines: ["nsq import cluster.json --dry-run"] },
    {
      title: "into one broker, without a question",
      lines: ["nsq import cluster.json --yes --nsqd-http-address=127.0.0.1:4151"],
    },
  ],
  asks: true,
  table: {
    dryRun: inGroup("General")(
      "dry-run",
      boolean(),
      false,
      "tell what would change, and change nothing",
    ),
  },
  async run(session, { dryRun }, [path = ""]) {
    const wanted = await readDefinitions(path);
    const found = await definitionsOf(session);
    const changes = compare(wanted, found.definitions).filter(({ change }) => change !== "extra");
    const outcome = dryRun ? { errors: [] } : await apply(session, wanted, changes);
    return {
      items: changes.map((each): Item => ({ ...each, done: !dryRun })),
      columns: [],
      name: ({ kind, name }) => `${kind} ${name}`,
      lines: dryRun ? changes.map(changeLine) : [summaryOf(changes)],
      errors: [...found.errors, ...outcome.errors],
    };
  },
});

function summaryOf(changes: readonly Difference[]): string {
  const count = (kind: string, change: string) =>
    changes.filter((each) => each.kind === kind && each.change === change).length;
  const paused = changes.filter(({ wanted }) => wanted === "paused").length;
  const unpaused = changes.filter(({ wanted }) => wanted === "flowing").length;
  const policies = count("policy", "missing") + count("policy", "changed");
  return `made ${counted(count("topic", "missing"), "topic")} and ` +
    `${counted(count("channel", "missing"), "channel")}, paused ${paused}, unpaused ${unpaused}, ` +
    `set ${counted(policies, "policy", "policies")}`;
}

/** Makes topics before their channels, and pauses before a policy says what becomes of messages. */
async function apply(
  session: Session,
  wanted: Definitions,
  changes: readonly Difference[],
): Promise<{ errors: DaemonError[] }> {
  const { cluster } = session;
  const nodes = await cluster.everyNode();
  const does = await consequences(cluster, nodes, wanted, changes);
  if (does.length > 0 || session.target.isProduction && changes.length > 0) {
    session.confirm(`Importing ${does.join(" and ") || "loses nothing"}`);
  }
  const errors: DaemonError[] = [...nodes.errors];
  // What helps another policy is put before it.
  const isHelped = ({ kind, name }: Difference) =>
    kind === "policy" &&
    wanted.policies.some((each) => each.name === name && needsOthers(each.set));
  const [first, later] = [changes.filter((each) => !isHelped(each)), changes.filter(isHelped)];
  for (const change of [...first, ...later]) {
    errors.push(...await applyOne(cluster, { value: nodes.value, errors: [] }, wanted, change));
  }
  return { errors };
}

/** What ought to be asked about before it is done, such as `unpauses 1 topic`. */
async function consequences(
  cluster: Session["cluster"],
  nodes: Answer<LocatedNode[]>,
  { policies }: Definitions,
  changes: readonly Difference[],
): Promise<string[]> {
  const unpaused = (kind: string) =>
    changes.filter((each) => each.kind === kind && each.wanted === "flowing").length;
  const set = changes.filter(({ kind }) => kind === "policy");
  const replaced = set.filter(({ change }) => change === "changed").length;
  const effects = await Promise.all(set.map(async ({ name }) => {
    const policy = policies.find((each) => each.name === name)!;
    return effectIn((await putPolicy(cluster, nodes, policy, true)).value);
  }));
  const effect = {
    dropped: effects.reduce((sum, { dropped }) => sum + dropped, 0),
    deadLettered: effects.reduce((sum, { deadLettered }) => sum + deadLettered, 0),
  };
  const things = [["topic", unpaused("topic")], ["channel", unpaused("channel")]] as const;
  return [
    ...things.filter(([, count]) => count > 0)
      .map(([noun, count]) => `unpauses ${counted(count, noun)}`),
    ...replaced > 0 ? [`replaces ${counted(replaced, "policy", "policies")}`] : [],
    ...effectWords(effect),
  ];
}

async function applyOne(
  cluster: Session["cluster"],
  nodes: Parameters<typeof actOn>[1],
  { policies }: Definitions,
  { kind, topic, name, change, wanted }: Difference,
): Promise<readonly DaemonError[]> {
  if (kind === "policy") {
    const policy = policies.find((each) => each.name === name)!;
    return (await putPolicy(cluster, nodes, policy)).errors;
  }
  const names = kind === "topic" ? { topic: name } : { topic: topic!, channel: name };
  const verb = change === "missing" ? "create" : wanted === "paused" ? "pause" : "unpause";
  const path = `/${kind}/${verb}`;
  const lost = verb === "create" ? await cluster.commandLookupds(path, names) : [];
  return [...lost, ...(await actOn(cluster, nodes, path, names)).errors];
}
