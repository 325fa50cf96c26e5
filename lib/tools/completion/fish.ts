import { ASK_QUICKLY, CLUSTER_FLAGS, type Completions, type Source } from "./completions.ts";

/** The script for fish. */
export function fishScript({ subcommands, aliases, groups, commands }: Completions): string {
  const lines = [
    ...subcommands.map(({ name, text }) => rule("__nsq_at", `-a ${name} -d ${quoted(text)}`)),
    ...groups.flatMap(({ name, actions }) =>
      actions.map((each) => rule(`__nsq_at ${name}`, `-a ${each.name} -d ${quoted(each.text)}`))
    ),
    ...commands.flatMap(({ path, words }) =>
      words.flatMap((source, at) => {
        const values = valuesOf(source);
        return values === "" ? [] : [rule(`__nsq_word ${at} ${path}`, values)];
      })
    ),
    ...commands.flatMap(({ path, flags }) =>
      flags.map(({ name, text, isBoolean, values }) =>
        rule(
          `__nsq_under ${path}`,
          `-l ${name} -d ${quoted(text)}${isBoolean ? "" : ` -r ${valuesOf(values)}`}`.trimEnd(),
        )
      )
    ),
  ];
  return `# fish completion of nsq

function __nsq_typed --description 'words before the cursor that are no flags'
  for word in (commandline -opc)[2..]
    string match -q -- '-*' $word; or echo $word
  end
end

function __nsq_at --description 'exactly these words have been typed'
  set -l typed (__nsq_typed)
  test "$typed" = "$argv"
end

function __nsq_under --description 'what has been typed begins with these words'
  set -l typed (__nsq_typed)
  set -l length (count $argv)
  test (count $typed) -ge $length; and test "$typed[1..$length]" = "$argv"
end

function __nsq_word --description 'so many words have been typed behind these'
  __nsq_under $argv[2..]; and test (count (__nsq_typed)) -eq (math $argv[1] + (count $argv) - 1)
end

function __nsq_names --description 'names that a command lists, of the cluster that is meant'
  set -l cluster (commandline -opc | string match -r -- '^--(?:${CLUSTER_FLAGS.join("|")})=.*')
  command nsq $argv $cluster ${ASK_QUICKLY} 2>/dev/null
end

complete -c nsq -f
${lines.join("\n")}
${
    aliases.filter(([alias]) => alias !== "nsq").map(([alias, name]) =>
      `complete -c ${alias} -w 'nsq ${name}'`
    ).join("\n")
  }`;
}

function rule(condition: string, what: string): string {
  return `complete -c nsq -n '${condition}' ${what}`;
}

function valuesOf(source: Source): string {
  switch (source.kind) {
    case "choices":
      return `-f -a ${quoted(source.choices.join(" "))}`;
    case "names":
      return source.needsTopic
        ? `-f -a '(__nsq_names ${source.command} (__nsq_typed)[3])'`
        : `-f -a '(__nsq_names ${source.command})'`;
    case "own":
      return `-f -a '(command nsq ${source.command} --quiet 2>/dev/null)'`;
    case "files":
      return "-F";
    case "nothing":
      return "";
  }
}

/** A text in single quotes. */
function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
