import { ASK_QUICKLY, type Candidate, CLUSTER_FLAGS, type Completions } from "./completions.ts";
import { quoted, shellCase, sourceWords } from "./shell.ts";

/** The script for zsh: to be sourced, or as the file `_nsq` in a folder of fpath. */
export function zshScript({ subcommands, aliases, groups, commands }: Completions): string {
  const programs = ["nsq", ...new Set(aliases.map(([alias]) => alias))];
  return `#compdef ${programs.join(" ")}
# zsh completion of nsq

# Sets candidates to name:description of the commands behind these words.
__nsq_commands() {
${
    shellCase('"$1"', [
      ["", described(subcommands)],
      ...groups.map(({ name, actions }) => [name, described(actions)] as const),
    ], (list) => `candidates=(${list})`)
  }
}

# Sets switches and settings to the flags of a command.
__nsq_flags() {
${
    shellCase(
      '"$1"',
      commands.map(({ path, flags }) => [
        path,
        `switches=(${described(flags.filter(({ isBoolean }) => isBoolean), "--")}) ` +
        `settings=(${described(flags.filter(({ isBoolean }) => !isBoolean), "--")})`,
      ]),
      (assignments) => assignments,
    )
  }
}

# Sets source: where the values of a flag, or of the words, come from.
__nsq_source() {
${
    shellCase(
      '"$1"',
      commands.flatMap(({ path, flags, words }) => [
        ...words.map((source, at) => [`${path} ${at}`, sourceWords(source)] as const),
        ...flags.map(({ name, values }) => [`${path} --${name}`, sourceWords(values)] as const),
      ]).filter(([, source]) => source !== ""),
      (source) => `source=${quoted(source)}`,
    )
  }
}

# A link to the program is the subcommand that it is called after.
__nsq_path_of() {
${shellCase('"$1"', aliases, (name) => `nsq_path=${name}`)}
}

__nsq_values() {
  local rest="\${source#* }"
  local -a found
  case "\${source%% *}" in
    choices) compadd -- \${=rest} ;;
    names) found=(\${(f)"$(command nsq \${=rest} $cluster ${ASK_QUICKLY} 2>/dev/null)"}); compadd -- $found ;;
    own) found=(\${(f)"$(command nsq \${=rest} --quiet 2>/dev/null)"}); compadd -- $found ;;
    channels)
      [[ -n "$topic" ]] || return
      found=(\${(f)"$(command nsq \${=rest} $topic $cluster ${ASK_QUICKLY} 2>/dev/null)"})
      compadd -- $found ;;
    files) _files ;;
  esac
}

_nsq() {
  local nsq_path="" topic="" source="" word cur="\${words[CURRENT]}"
  local -i position=0
  local -a candidates switches settings cluster
  __nsq_path_of "\${words[1]:t}"
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$word" in
      ${CLUSTER_FLAGS.map((flag) => `--${flag}=*`).join("|")}) cluster+=("$word") ;;
      -*) ;;
      *)
        candidates=()
        __nsq_commands "$nsq_path"
        if (( $#candidates )); then
          if [[ -z "$nsq_path" ]]; then __nsq_path_of "$word"; nsq_path="\${nsq_path:-$word}"
          else nsq_path="$nsq_path $word"; fi
        else
          (( position == 0 )) && topic="$word"
          position+=1
        fi ;;
    esac
  done
  case "$cur" in
    --*=*)
      __nsq_source "$nsq_path \${cur%%=*}"
      compset -P '*='
      __nsq_values ;;
    -*)
      __nsq_flags "$nsq_path"
      _describe -o flag switches
      _describe -o flag settings -S '=' ;;
    *)
      candidates=()
      __nsq_commands "$nsq_path"
      if (( $#candidates )); then _describe command candidates
      else __nsq_source "$nsq_path $position"; __nsq_values; fi ;;
  esac
}

if [[ "\${funcstack[1]}" == _nsq ]]; then _nsq "$@"; else compdef _nsq ${programs.join(" ")}; fi`;
}

/** A list of `name:description` in quotes. */
function described(candidates: readonly Candidate[], prefix = ""): string {
  return candidates.map(({ name, text }) =>
    quoted(`${prefix}${name}:${text.replaceAll(":", "\\:")}`)
  )
    .join(" ");
}
