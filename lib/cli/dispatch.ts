/** Chooses the subcommand that a command line names. */

/** A subcommand. */
export interface Subcommand {
  /** First the name for help texts, then aliases that users have in their scripts. */
  readonly names: readonly string[];
  readonly summary: string;
  /** Runs it with the arguments after its name; undefined until it exists. */
  readonly run?: (args: string[]) => Promise<void>;
}

/** What a command line asks for. */
export type Dispatch =
  | { readonly kind: "run"; readonly run: () => Promise<void> }
  | { readonly kind: "print"; readonly text: string }
  | { readonly kind: "fail"; readonly text: string };

/**
 * Reads a command line.
 *
 * @param executable how the program was called: a link named after a subcommand acts as that one
 * @param versionText answer to `--version`
 */
export function dispatch(
  subcommands: readonly Subcommand[],
  executable: string,
  args: readonly string[],
  versionText: string,
): Dispatch {
  const linkName = executable.split("/").at(-1) ?? "";
  const linked = find(subcommands, linkName);
  if (linked !== undefined) return start(linked, args);

  const [first, ...rest] = args;
  const help = helpText(subcommands);
  if (first === undefined) return { kind: "fail", text: help };
  if (/^--?version$/.test(first)) return { kind: "print", text: versionText };
  const asksForHelp = /^(help|--?help|-h)$/.test(first);
  if (asksForHelp && (first !== "help" || rest.length === 0)) return { kind: "print", text: help };
  const [name, rolesArgs] = asksForHelp ? [rest[0] ?? "", ["--help"]] : [first, rest];
  const subcommand = find(subcommands, name);
  if (subcommand === undefined) {
    return { kind: "fail", text: `nsq: unknown command ${JSON.stringify(name)}, see nsq --help` };
  }
  return start(subcommand, rolesArgs);
}

function find(subcommands: readonly Subcommand[], name: string): Subcommand | undefined {
  return subcommands.find((subcommand) => subcommand.names.includes(name));
}

function start(subcommand: Subcommand, args: readonly string[]): Dispatch {
  const { run, names } = subcommand;
  if (run === undefined) return { kind: "fail", text: `nsq ${names[0]}: not supported yet` };
  return { kind: "run", run: () => run([...args]) };
}

function helpText(subcommands: readonly Subcommand[]): string {
  const rows = subcommands.map(({ names: [name = "", ...aliases], summary, run }) => {
    const notes = [
      ...aliases.length > 0 ? [`also ${aliases.join(", ")}`] : [],
      ...run === undefined ? ["not supported yet"] : [],
    ];
    const remark = notes.length > 0 ? ` (${notes.join("; ")})` : "";
    return `  ${name.padEnd(12)}${summary}${remark}`;
  });
  return [
    "Usage: nsq <command> [flags]",
    "",
    "NSQ, a realtime distributed messaging platform, in one executable.",
    "",
    "Commands:",
    ...rows,
    "",
    "nsq <command> --help tells the flags of a command, nsq --version the version.",
    "A link to this executable that is named after a command acts as that command.",
  ].join("\n");
}
