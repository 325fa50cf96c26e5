/** Commands that belong together, such as `nsq topic ls`, `nsq topic pause`: finds the one that is asked for and runs it. */

import { type CommandDescription, firstSentence } from "../../cli/description.ts";
import { type Example, formatExamples } from "../../cli/flag_parser.ts";
import { optionsOrExit } from "../../cli/options_or_exit.ts";
import { toolVersionLine } from "../../version.ts";
import { visible } from "../../log/visible.ts";
import type { Action } from "./action.ts";
import { type ExitCodes, runAction, USUAL_EXIT_CODES } from "./run.ts";
import { meantCommand } from "./synonyms.ts";

/** A group of commands. */
export interface CommandGroup {
  /** Such as `topic`. */
  readonly name: string;
  readonly summary: string;
  readonly actions: readonly Action[];
  /** Exit codes in place of the usual ones. */
  readonly exitCodes?: ExitCodes;
}

/** The group's commands, for those who write of them. */
export function describeGroup({ name, actions }: CommandGroup): CommandDescription[] {
  return actions.flatMap((each) => describeAction(`${name} ${each.name}`, each));
}

/** A command, for those who write of it. */
export function describeAction(
  path: string,
  { words, summary, flags, examples }: Action,
): CommandDescription[] {
  return [{ path, words, summary, flags, examples }];
}

/** Runs the command that `args` ask for, and ends the process. */
export async function runGroup(group: CommandGroup, args: readonly string[]): Promise<void> {
  const [first, ...rest] = args;
  const command = `nsq ${group.name}`;
  const { exitCodes = USUAL_EXIT_CODES } = group;
  if (first === undefined || /^(help|--?help|-h)$/.test(first)) {
    const [asked] = rest;
    const action = group.actions.find(({ name }) => name === asked);
    const text = action === undefined
      ? groupHelp(group)
      : action.help(`${command} ${action.name}`).trimEnd();
    if (first !== undefined) return end(text, 0);
    console.error(text);
    Deno.exit(exitCodes.usage);
  }
  if (/^--?version$/.test(first)) return end(toolVersionLine("nsq"), 0);
  const action = group.actions.find(({ name }) => name === first);
  if (action !== undefined) {
    const name = `${command} ${action.name}`;
    const call = optionsOrExit(
      name,
      () => action.parse(name, rest),
      undefined,
      exitCodes.usage,
    );
    return await runAction(name, call, exitCodes);
  }
  const meant = meantCommand(first, group.actions.map(({ name }) => name));
  const suggestion = meant === undefined ? ", see" : `, did you mean ${meant}? See`;
  console.error(
    `${command}: unknown command ${visible(JSON.stringify(first))}${suggestion} ${command} --help`,
  );
  Deno.exit(exitCodes.usage);
}

/** Runs a command that is in no group, and ends the process. */
export async function runCommand(
  action: Action,
  args: readonly string[],
  exitCodes = USUAL_EXIT_CODES,
): Promise<void> {
  const name = `nsq ${action.name}`;
  const parse = () => action.parse(name, args);
  await runAction(name, optionsOrExit(name, parse, undefined, exitCodes.usage), exitCodes);
}

function end(text: string, code: number): never {
  console.log(text);
  Deno.exit(code);
}

/** What `nsq topic --help` says: each command, and the examples of the first two. */
function groupHelp({ name, summary, actions }: CommandGroup): string {
  const rows = actions.map((each) => [`${each.name} ${each.words}`.trimEnd(), each.summary]);
  const width = Math.max(...rows.map(([term]) => term!.length));
  return [
    `Usage: nsq ${name} <command> [flags]`,
    "",
    summary,
    "",
    "Commands:",
    ...rows.map(([term, text]) => `  ${term!.padEnd(width)}  ${firstSentence(text!)}`),
    "",
    `nsq ${name} <command> --help tells the flags of a command.`,
    "",
    "Examples:",
    formatExamples(groupExamples(actions)),
  ].join("\n");
}

function groupExamples(actions: readonly Action[]): Example[] {
  return actions.slice(0, 2).flatMap(({ examples }) => examples.slice(0, 1));
}
