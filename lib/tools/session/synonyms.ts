/** What users of other programs, or of another group, call a command. */

import { nearestWord } from "../../cli/nearest.ts";

/** The words of one line mean the commands behind them, the first of them that the group has. */
const MEANT: readonly (readonly [words: string, commands: readonly string[]])[] = [
  ["list all", ["ls"]],
  ["peek view look read browse", ["peek", "ls", "info"]],
  ["info show get describe inspect status stats", ["info", "ls"]],
  ["create new make add set put update replace edit", ["create", "add"]],
  ["delete del rm remove drop unset", ["delete", "rm"]],
  ["empty clear purge flush truncate", ["empty"]],
  ["pause stop hold suspend", ["pause"]],
  ["unpause resume start continue", ["unpause"]],
  ["seek reset rewind replay move", ["seek", "kick"]],
  ["kick retry requeue redeliver resend revive", ["kick"]],
  ["select use switch", ["select"]],
];

/** The command that `given` stands for, or is nearest to; undefined where it is like none. */
export function meantCommand(given: string, commands: readonly string[]): string | undefined {
  const candidates = MEANT.flatMap(([words, meant]) =>
    words.split(" ").includes(given) ? meant : []
  );
  return candidates.find((each) => commands.includes(each)) ?? nearestWord(given, commands);
}
