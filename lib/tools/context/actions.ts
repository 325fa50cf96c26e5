/** Adds, lists, selects and removes contexts. */

import { resolve } from "node:path";
import { boolean, text } from "../../cli/kind.ts";
import { inGroup } from "../../cli/option_table.ts";
import { UsageError } from "../../cli/usage_error.ts";
import { localAction } from "../session/action.ts";
import { checkReach, type Reach, reachTable } from "../session/connection_options.ts";
import { type Context, type Contexts, readContexts } from "../session/contexts.ts";
import type { Environment } from "../session/environment.ts";
import type { Item } from "../session/item.ts";
import type { Report } from "../session/report.ts";

const NAME = /^[.a-zA-Z0-9_-]{1,64}$/;

const context = inGroup("Context");

/** `nsq context add`. */
export const ADD = localAction({
  name: "add",
  words: "NAME",
  summary:
    "Keeps a cluster under a name. The first one is selected. Secrets are not kept, only the\n" +
    "file or the command that they are read from each time.",
  examples: [
    {
      title: "a cluster for trying things out",
      lines: ["nsq context add test --lookupd-http-address=127.0.0.1:4161"],
    },
    {
      title: "one that matters, with a secret: asks twice before anything is lost",
      lines: [
        "nsq context add live --lookupd-http-address=127.0.0.1:4161 --production \\",
        "  --auth-secret-command='cat ~/.nsq-secret' --description='the shop'",
      ],
    },
  ],
  table: {
    production: context("production", boolean(), false, "ask twice before anything is lost"),
    description: context("description", text(), "", "a few words for nsq context ls"),
    select: context("select", boolean(), false, "select it"),
    replace: context("replace", boolean(), false, "take the place of one of this name"),
    ...reachTable(),
  },
  check(options, [name = ""]) {
    checkReach(options);
    if (!NAME.test(name)) throw new UsageError("a context's name is 1 to 64 of .a-zA-Z0-9_-");
    if (options.lookupdHttp.length + options.nsqdHttp.length === 0) {
      throw new UsageError("say where it is: --lookupd-http-address or --nsqd-http-address");
    }
  },
  async run({ environment }, options, [name = ""]) {
    const contexts = readContexts(environment);
    const { production, description, select, replace } = options;
    if (contexts.all.has(name) && !replace) {
      throw new UsageError(`there is a context ${name}: say --replace, or another name`);
    }
    const added: Context = { reach: keptReach(options), production, description };
    const all = new Map([...contexts.all, [name, added]]);
    const selected = select || contexts.selected === "" ? name : contexts.selected;
    await contexts.with({ all, selected }).save();
    const note = selected === name ? " and selected it" : "";
    return changed(name, added, `added ${name}${note}`);
  },
});

/** Paths hold in any folder. */
function keptReach(options: Reach): Reach {
  const path = (given: string) => given === "" ? "" : resolve(given);
  return {
    lookupdHttp: options.lookupdHttp,
    nsqdHttp: options.nsqdHttp,
    caFile: path(options.caFile),
    certFile: path(options.certFile),
    keyFile: path(options.keyFile),
    insecureSkipVerify: options.insecureSkipVerify,
    authSecretFile: path(options.authSecretFile),
    authSecretCommand: options.authSecretCommand,
  };
}

/** `nsq context ls`. */
export const LIST = localAction({
  name: "ls",
  words: "",
  summary: "Lists contexts, and marks the one that counts now.",
  examples: [
    { title: "which there are", lines: ["nsq context ls"] },
    { title: "names alone", lines: ["nsq context ls --quiet"] },
  ],
  table: {},
  run({ environment }) {
    const contexts = readContexts(environment);
    const current = currentOf(contexts, environment);
    const items = [...contexts.all].map(([name, each]) =>
      contextItem(name, each, name === current)
    );
    return Promise.resolve({
      items,
      columns: ["name", ["selected", "now"], "addresses", "secret", "production", "description"],
      name: ({ name }) => String(name),
      ...items.length === 0 && { lines: ["no contexts"] },
      errors: [],
    });
  },
});

/** "" where addresses of the environment come first. */
function currentOf({ selected }: Contexts, environment: Environment): string {
  if (environment.lookupd !== undefined || environment.nsqd !== undefined) return "";
  return environment.context ?? selected;
}

function contextItem(
  name: string,
  { reach, production, description }: Context,
  isNow: boolean,
): Item {
  const { lookupdHttp, nsqdHttp, authSecretFile, authSecretCommand } = reach;
  return {
    name,
    selected: isNow,
    addresses: [...lookupdHttp, ...nsqdHttp],
    kind: lookupdHttp.length > 0 ? "lookupd" : "nsqd",
    secret: authSecretFile || authSecretCommand,
    production,
    description,
  };
}

/** `nsq context select`. */
export const SELECT = localAction({
  name: "select",
  words: "NAME",
  summary: "Acts on this cluster from now on.",
  examples: [
    { title: "from now on", lines: ["nsq context select test"] },
    { title: "for one command, without selecting it", lines: ["nsq topic ls --context=test"] },
  ],
  table: {},
  async run({ environment, say }, _options, [name = ""]) {
    const contexts = readContexts(environment);
    const selected = contexts.get(name);
    await contexts.with({ selected: name }).save();
    const current = currentOf(contexts.with({ selected: name }), environment);
    if (current !== name) say("NSQ_LOOKUPD, NSQ_NSQD or NSQ_CONTEXT is set and comes first");
    return changed(name, selected, `selected ${name}`);
  },
});

/** `nsq context rm`. */
export const REMOVE = localAction({
  name: "rm",
  words: "NAME",
  summary: "Forgets a context. The cluster is not touched.",
  examples: [
    { title: "forget it", lines: ["nsq context rm old"] },
    { title: "which are left", lines: ["nsq context ls"] },
  ],
  table: {},
  async run({ environment }, _options, [name = ""]) {
    const contexts = readContexts(environment);
    const removed = contexts.get(name);
    const all = new Map([...contexts.all].filter(([each]) => each !== name));
    const selected = contexts.selected === name ? "" : contexts.selected;
    await contexts.with({ all, selected }).save();
    const note = contexts.selected === name ? "; none is selected now" : "";
    return changed(name, removed, `removed ${name}${note}`);
  },
});

function changed(name: string, context: Context, line: string): Report {
  return {
    items: [contextItem(name, context, false)],
    columns: [],
    name: () => name,
    lines: [line],
    errors: [],
  };
}
