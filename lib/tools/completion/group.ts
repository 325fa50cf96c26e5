import type { SubcommandDescription } from "../../cli/description.ts";
import { type Action, localAction } from "../session/action.ts";
import type { CommandGroup } from "../session/group.ts";
import { bashScript } from "./bash.ts";
import { fishScript } from "./fish.ts";
import { completionsOf } from "./completions.ts";
import { zshScript } from "./zsh.ts";

/** `nsq completion`. @param describeAll the program's subcommands */
export function completionGroup(describeAll: () => Promise<SubcommandDescription[]>): CommandGroup {
  const shell = (
    name: string,
    script: typeof bashScript,
    lines: readonly string[],
  ): Action =>
    localAction({
      name,
      words: "",
      summary:
        `Prints a script that completes commands, flags, topics, channels and brokers in ${name}.`,
      examples: [
        { title: `in this ${name}`, lines: lines.slice(0, 1) },
        { title: `in every ${name} from now on`, lines: lines.slice(1) },
      ],
      table: {},
      async run() {
        const text = script(completionsOf(await describeAll()));
        return {
          items: [{ shell: name, script: text }],
          columns: [],
          name: () => name,
          lines: [text],
          errors: [],
        };
      },
    });
  return {
    name: "completion",
    summary:
      "Completion scripts, made from the same tables as the help texts. Names of topics, channels and\n" +
      "brokers are asked of the cluster that a command would act on.",
    actions: [
      shell("bash", bashScript, [
        'eval "$(nsq completion bash)"',
        "mkdir -p ~/.local/share/bash-completion/completions",
        "nsq completion bash > ~/.local/share/bash-completion/completions/nsq",
      ]),
      shell("zsh", zshScript, [
        'autoload -U compinit && compinit && eval "$(nsq completion zsh)"',
        "mkdir -p ~/.zfunc   # a folder of $fpath",
        "nsq completion zsh > ~/.zfunc/_nsq",
      ]),
      shell("fish", fishScript, [
        "nsq completion fish | source",
        "mkdir -p ~/.config/fish/completions",
        "nsq completion fish > ~/.config/fish/completions/nsq.fish",
      ]),
    ],
  };
}
