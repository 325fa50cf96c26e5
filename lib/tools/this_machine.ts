/** Where a tool looks that was given no address: at this machine. */

import type { ParsedCommandLine } from "../cli/options_or_exit.ts";
import { UsageError } from "../cli/usage_error.ts";
import { MAGIC_V2 } from "../wire/protocol.ts";
import { readContexts } from "./session/contexts.ts";
import { overlookedVariables, readEnvironment } from "./session/environment.ts";

/** Where a broker listens for clients unless it is told otherwise. */
const PORT = 4150, HOSTNAME = "127.0.0.1";
export const DEFAULT_NSQD_TCP = `${HOSTNAME}:${PORT}`;

/** How a tool was called. */
export interface Call {
  /** Its name in help texts. */
  readonly name: string;
  /** The name that was typed, or that the link had. */
  readonly as: string;
}

/** What a tool runs with, and whether it has to find out itself where. */
export interface Located<T> {
  readonly options: T;
  readonly isHere: boolean;
}

/**
 * Whether addresses are missing, and those of this machine will do: not for who calls a tool by the name that the reference's has, as scripts
 * expect an error of that, nor for who has told other commands where the cluster is.
 *
 * @param missing what the error begins with that says so
 * @throws UsageError where an address has to be given
 */
export function located<T>(
  parsed: ParsedCommandLine<T>,
  hasAddress: (options: T) => boolean,
  call: Call,
  missing: string,
): ParsedCommandLine<Located<T>> {
  if (!("options" in parsed)) return parsed;
  const { options } = parsed, isHere = !hasAddress(options);
  if (isHere) {
    const overlooked = overlookedVariables() || overlookedContext();
    if (call.name !== call.as || overlooked !== "") throw new UsageError(missing + overlooked);
  }
  return { options: { options, isHere } };
}

/** As {@link overlookedVariables}, of the context that was selected. */
function overlookedContext(): string {
  const { selected } = readContexts(readEnvironment());
  return selected === "" ? "" : ` (the context ${selected}: for commands such as nsq topic alone)`;
}

/** @throws Error that says how to go on, when no broker listens at {@link DEFAULT_NSQD_TCP} */
export async function checkBrokerHere(): Promise<void> {
  try {
    using connection = await Deno.connect({ hostname: HOSTNAME, port: PORT });
    // A client that says nothing at all would be an error in the broker's log.
    await connection.write(new TextEncoder().encode(MAGIC_V2));
  } catch (error) {
    throw new Error(
      `no address was given, and no broker listens at ${DEFAULT_NSQD_TCP}: ` +
        "--nsqd-tcp-address or --lookupd-http-address says another",
      { cause: error },
    );
  }
}
