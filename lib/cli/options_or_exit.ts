/** From a role's command line to its options, or to the end of the process. */

import { UsageError } from "./usage_error.ts";

/** Exit code for a command line that cannot be followed, as Go's flag package has it. */
export const EXIT_USAGE = 2;

/** What a command line asks for: to run with options, or to print a text and end. */
export type ParsedCommandLine<T> =
  | { readonly options: T }
  | { readonly help: string }
  | { readonly version: string };

/** What parsing needs from the outside. */
export interface OptionsEnvironment {
  /** Reads a text file; throws when it cannot. */
  readonly readTextFile: (path: string) => string;
  readonly hostname: () => string;
  /** Takes one line, without newline, that the user should see. */
  readonly warn: (line: string) => void;
}

/**
 * Parses a command line with the real file system and host name. Help and version go to stdout and
 * end the process with 0; a {@link UsageError} goes to stderr as one line and ends it with 2.
 *
 * @param command as the user types it, such as `nsq nsqd`, to open each line on stderr
 */
export function optionsOrExit<T>(
  command: string,
  parse: (environment: OptionsEnvironment) => ParsedCommandLine<T>,
): T {
  const environment: OptionsEnvironment = {
    readTextFile: (path) => Deno.readTextFileSync(path),
    hostname: () => Deno.hostname(),
    warn: (line) => console.error(`${command}: ${line}`),
  };
  let parsed: ParsedCommandLine<T>;
  try {
    parsed = parse(environment);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${command}: ${error.message}`);
    Deno.exit(EXIT_USAGE);
  }
  if ("options" in parsed) return parsed.options;
  console.log(("help" in parsed ? parsed.help : parsed.version).trimEnd());
  Deno.exit(0);
}
