/** From a role's command line to its options, or to the end of the process. */

import { visible } from "../log/visible.ts";
import { loggerOf, type LogOptions } from "./log_options.ts";
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

/** A daemon's options, and how to have them read again. */
export interface DaemonOptions<T> {
  readonly options: T;
  /** Path of the configuration file, "" for none. */
  readonly configPath: string;
  /** What the same command line means with the configuration file as it is now. @throws UsageError */
  reread(): T;
}

/** As {@link optionsOrExit}, for a daemon, which can have its configuration file read again. */
export function daemonOptionsOrExit<T>(
  command: string,
  parse: (environment: OptionsEnvironment) => ParsedCommandLine<T>,
  logOptions: (options: T) => LogOptions,
): DaemonOptions<T> {
  let configPath = "";
  /** The configuration file is the only one that is read. */
  const noting = (environment: OptionsEnvironment): OptionsEnvironment => ({
    ...environment,
    readTextFile: (path) => environment.readTextFile(configPath = path),
  });
  const options = optionsOrExit(command, (environment) => parse(noting(environment)), logOptions);
  return {
    options,
    configPath,
    reread() {
      const parsed = parse({ ...SURROUNDINGS, warn: () => {} }); // said at the start
      if (!("options" in parsed)) throw new UsageError("asks for a text");
      return parsed.options;
    },
  };
}

/** Where a command line is read, in earnest. */
const SURROUNDINGS: Omit<OptionsEnvironment, "warn"> = {
  readTextFile: (path) => Deno.readTextFileSync(path),
  hostname: () => Deno.hostname(),
};

/**
 * Parses a command line with the real file system and host name. Help and version go to stdout and
 * end the process with 0; a {@link UsageError} goes to stderr as one line, behind the warnings, and ends it with 2.
 * Warnings are log lines: what collects a daemon's log reads all of it in one format.
 *
 * @param command as the user types it, such as `nsq nsqd`, to open an error
 * @param logOptions what is logged, and how; without, warnings are plain lines
 * @param exitUsage exit code in place of 2
 */
export function optionsOrExit<T>(
  command: string,
  parse: (environment: OptionsEnvironment) => ParsedCommandLine<T>,
  logOptions?: (options: T) => LogOptions,
  exitUsage = EXIT_USAGE,
): T {
  const warnings: string[] = [];
  const environment: OptionsEnvironment = {
    ...SURROUNDINGS,
    warn: (line) => void warnings.push(line),
  };
  let parsed: ParsedCommandLine<T>;
  try {
    parsed = parse(environment);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    // What is said to be missing may stand under a mistyped key.
    for (const line of warnings) console.error(`${command}: ${visible(line)}`);
    console.error(`${command}: ${visible(error.message)}`);
    Deno.exit(exitUsage);
  }
  if ("options" in parsed) {
    const logger = logOptions && loggerOf(logOptions(parsed.options));
    for (const line of warnings) {
      logger ? logger.warn(line) : console.error(`${command}: ${visible(line)}`);
    }
    return parsed.options;
  }
  console.log(("help" in parsed ? parsed.help : parsed.version).trimEnd());
  Deno.exit(0);
}
