import { ASK_QUICKLY, CLUSTER_FLAGS, type Completions } from "./completions.ts";
import { shellCase, sourceWords } from "./shell.ts";

/** The script for bash, from 3.2 on and without bash-completion. */
export function bashScript({ subcommands, aliases, groups, commands }: Completions): string {
  const programs = ["nsq", ...new Set(aliases.map(([alias]) => alias))];
  return `# bash completion of nsq

__nsq_commands() {
${
    shellCase('"$1"', [
      ["", subcommands.map(({ name }) => name).join(" ")],
      ...groups.map(({ name, actions }) =>
        [name, actions.map((each) => each.name).join(" ")] as const
      ),
    ])
  }
}

__nsq_flags() {
${
    shellCase(
      '"$1"',
      commands.map(({ path, flags }) => [
        path,
        flags.map(({ name, isBoolean }) => isBoolean ? `--${name}` : `--${name}=`).join(" "),
      ]),
    )
  }
}

# Where the values of a flag, or of the words, come from.
__nsq_source() {
${
    shellCase(
      '"$1"',
      commands.flatMap(({ path, flags, words }) => [
        ...words.map((source, at) => [`${path} ${at}`, sourceWords(source)] as const),
        ...flags.map(({ name, values }) => [`${path} --${name}`, sourceWords(values)] as const),
      ]).filter(([, source]) => source !== ""),
    )
  }
}

__nsq_names() { # command topic
  command nsq $1 $2 "\${__nsq_cluster[@]}" ${ASK_QUICKLY} 2>/dev/null
}

__nsq_values() { # source topic
  local kind="\${1%% *}" rest="\${1#* }"
  case "$kind" in
    choices) printf '%s\\n' $rest ;;
    names) __nsq_names "$rest" ;;
    own) command nsq $rest --quiet 2>/dev/null ;;
    channels) [ -n "$2" ] && __nsq_names "$rest" "$2" ;;
  esac
}

__nsq_complete() {
  local line="\${COMP_LINE:0:COMP_POINT}" cur word path="" position=0 topic="" source="" words candidates
  __nsq_cluster=()
  COMPREPLY=()
  read -r -a words <<< "$line"
  case "$line" in *[[:space:]]) words+=("") ;; esac
  cur="\${words[\${#words[@]}-1]}"
  __nsq_path_of "\${words[0]##*/}"
  for word in "\${words[@]:1:\${#words[@]}-2}"; do
    case "$word" in
      ${CLUSTER_FLAGS.map((flag) => `--${flag}=*`).join("|")}) __nsq_cluster+=("$word") ;;
      -*) ;;
      *)
        if [ -n "$(__nsq_commands "$path")" ]; then
          if [ -z "$path" ]; then __nsq_path_of "$word"; path="\${path:-$word}"; else path="$path $word"; fi
        else
          [ "$position" = 0 ] && topic="$word"
          position=$((position + 1))
        fi ;;
    esac
  done
  local prefix=""
  case "$cur" in
    --*=*) prefix="\${cur%%=*}="; source="$(__nsq_source "$path \${cur%%=*}")"; cur="\${cur#*=}" ;;
    -*) candidates="$(__nsq_flags "$path" | tr ' ' '\\n')" ;;
    *)
      candidates="$(__nsq_commands "$path" | tr ' ' '\\n')"
      [ -z "$candidates" ] && source="$(__nsq_source "$path $position")" ;;
  esac
  if [ "$source" = files ]; then
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$cur")
    compopt -o filenames 2>/dev/null
    return
  fi
  [ -n "$source" ] && candidates="$(__nsq_values "$source" "$topic")"
  # What stands before a colon is a word of its own to readline.
  local before=""
  case "$COMP_WORDBREAKS" in *:*) case "$cur" in *:*) before="\${cur%"\${cur##*:}"}" ;; esac ;; esac
  case "$COMP_WORDBREAKS" in
    *=*) ;;
    *) cur="$prefix$cur"; candidates="$(printf '%s\\n' "$candidates" | sed "s|^|$prefix|")" ;;
  esac
  while IFS= read -r word; do
    [ -n "$word" ] || continue
    case "$word" in "$cur"*) COMPREPLY+=("\${word#"$before"}") ;; esac
  done <<< "$candidates"
  case "\${#COMPREPLY[@]}:\${COMPREPLY[0]}" in 1:*=) compopt -o nospace 2>/dev/null ;; esac
}

# A link to the program is the subcommand that it is called after.
__nsq_path_of() {
${shellCase('"$1"', aliases.map(([alias, name]) => [alias, name]), (name) => `path=${name}`)}
}

complete -F __nsq_complete ${programs.join(" ")}`;
}
