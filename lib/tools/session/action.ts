/** One command that acts on a cluster, such as `nsq topic pause`: its words, its flags, and what it does. */

import { boolean } from "../../cli/kind.ts";
import type { Example, FlagSpec } from "../../cli/flag_parser.ts";
import { inGroup, type OptionTable } from "../../cli/option_table.ts";
import { flagSpecs } from "../../cli/resolve_options.ts";
import { UsageError } from "../../cli/usage_error.ts";
import { parseToolWords, type ToolCommand } from "../command_line.ts";
import { checkReach, type ConnectionOptions, connectionTable } from "./connection_options.ts";
import type { Format, Report } from "./report.ts";
import type { LocalSession, Session } from "./session.ts";
import { checkWords } from "./words.ts";

/** Flags that every action has. */
interface LocalOptions extends Format {
  /** The answer to what is asked before something is lost. */
  readonly yes: boolean;
}

/** Flags of every action that asks a cluster. */
export interface CommonOptions extends ConnectionOptions, LocalOptions {}

/** What the help says of an action, and its flags. */
interface ActionText<T> {
  /** Such as `pause`; "" for a command of its own, as `nsq export`. */
  readonly name: string;
  /** As the help shows them: `TOPIC CHANNEL`, `[GLOB]`, `TOPIC...`. */
  readonly words: string;
  readonly summary: string;
  /** Two at least. */
  readonly examples: readonly Example[];
  /** Asks before it acts, and so has `--yes`. */
  readonly asks?: boolean;
  readonly table: OptionTable<T>;
  /** Checks flags and words against each other. @throws UsageError */
  check?(options: T, words: readonly string[]): void;
}

/** What is particular to one action. */
interface ActionDefinition<T> extends ActionText<T> {
  run(session: Session, options: T & CommonOptions, words: readonly string[]): Promise<Report>;
}

/** The same of one that asks no cluster. */
interface LocalDefinition<T> extends ActionText<T> {
  run(user: LocalSession, options: T & LocalOptions, words: readonly string[]): Promise<Report>;
}

/** An action with its command line: all that is left is to run it. */
export type ActionCall =
  | {
    readonly kind: "cluster";
    readonly options: CommonOptions;
    run(session: Session): Promise<Report>;
  }
  | {
    readonly kind: "local";
    readonly options: LocalOptions;
    run(user: LocalSession): Promise<Report>;
  };

/** An action whose flags only it knows. */
export interface Action {
  readonly name: string;
  readonly words: string;
  readonly summary: string;
  readonly examples: readonly Example[];
  /** Without those that every command has. */
  readonly flags: readonly FlagSpec[];
  /** @throws UsageError with one line that names what is wrong */
  parse(
    command: string,
    args: readonly string[],
  ): { readonly options: ActionCall } | { readonly help: string } | { readonly version: string };
  help(command: string): string;
}

const output = inGroup("Output");

/** Rows for {@link Format}. */
function formatTable(): OptionTable<Format> {
  return {
    json: output("json", boolean(), false, 'print {"items":[...],"errors":[...]}'),
    quiet: output("quiet", boolean(), false, "print names alone, one a line"),
  };
}

/** Makes an action of what is particular to it. */
export function action<T>(definition: ActionDefinition<T>): Action {
  return madeOf<T, CommonOptions>(
    definition,
    connectionTable(),
    (options, words) => ({
      kind: "cluster",
      options,
      run: (session) => definition.run(session, options, words),
    }),
    checkReach,
  );
}

/** Makes an action that asks no cluster. */
export function localAction<T>(definition: LocalDefinition<T>): Action {
  return madeOf<T, LocalOptions>(definition, {}, (options, words) => ({
    kind: "local",
    options,
    run: (user) => definition.run(user, options, words),
  }));
}

function madeOf<T, Common extends LocalOptions>(
  definition: ActionText<T>,
  more: object,
  callOf: (options: T & Common, words: readonly string[]) => ActionCall,
  checkCommon: (options: Common) => void = () => {},
): Action {
  const { name, words, summary, examples, asks = false } = definition;
  const yes = inGroup("General")("yes", boolean(), false, "do not ask before something is lost");
  const table = {
    ...definition.table,
    ...asks && { yes },
    ...formatTable(),
    ...more,
  } as unknown as OptionTable<T & Common>;
  const commandOf = (command: string): ToolCommand<T & Common> => ({
    versionName: "nsq",
    text: { name: `${command} ${words}`.trimEnd(), summary, examples },
    table,
    check: checkCommon,
  });
  return {
    name,
    words,
    summary,
    examples,
    flags: flagSpecs(table),
    help: (command) => helpOf(commandOf(command)),
    parse(command, args) {
      const parsed = parseToolWords(commandOf(command), args);
      if (!("options" in parsed)) return parsed;
      const { options, words: given } = parsed.options;
      checkWords(words, given);
      definition.check?.(options, given);
      if (options.json && options.quiet) throw new UsageError("use --json or --quiet, not both");
      return { options: callOf(options, given) };
    },
  };
}

function helpOf<T>(command: ToolCommand<T>): string {
  const parsed = parseToolWords(command, ["--help"]);
  return "help" in parsed ? parsed.help : "";
}
