/** The command `nsq journal`. */

import { optionsOrExit } from "../../cli/options_or_exit.ts";
import { visible } from "../../log/visible.ts";
import { parseToolWords } from "../command_line.ts";
import { bytesTo, linesTo } from "../output_lines.ts";
import { check } from "./check.ts";
import { DataDirectory } from "./data_directory.ts";
import { dump } from "./dump.ts";
import { list } from "./list.ts";
import { actionAndPath, COMMAND } from "./options.ts";
import type { Output } from "./output.ts";

/** Something is damaged, or lost. */
const EXIT_DAMAGED = 1;
/** Nothing is known: it is not there, in use, or the system does not let it be read. As UNKNOWN of `nsq check`. */
const EXIT_UNKNOWN = 3;

/** Prints what is asked for, then ends the process, with a code that tells a script what of it there was. */
export async function run(args: string[]): Promise<void> {
  const { options, action, path } = optionsOrExit("nsq journal", () => {
    const parsed = parseToolWords(COMMAND, args);
    if (!("options" in parsed)) return parsed;
    const [action, path] = actionAndPath(parsed.options);
    return { options: { options: parsed.options.options, action, path } };
  });
  const readerGone = () => Deno.exit();
  const output: Output = {
    line: linesTo(Deno.stdout, readerGone),
    bytes: bytesTo(Deno.stdout, readerGone),
    warn: (line) => console.error(`nsq journal: ${visible(line)}`),
    isTerminal: Deno.stdout.isTerminal(),
  };
  try {
    using directory = await DataDirectory.open(path);
    const print = { ls: list, check, dump }[action];
    if (!print(directory.journals(options.topic), options, output)) Deno.exit(EXIT_DAMAGED);
  } catch (error) {
    output.warn((error as Error).message);
    Deno.exit(EXIT_UNKNOWN);
  }
  Deno.exit();
}
