import type { Client } from "../client.ts";
import type { BodyCommand } from "./body_command.ts";
import { CLS, FIN, RDY, REQ, SUB, TOUCH } from "./consume.ts";
import { AUTH, IDENTIFY } from "./identify.ts";
import type { CommandLine } from "./line.ts";
import { DPUB, MPUB, PUB } from "./publish.ts";

/**
 * Carries out a command that is its line alone. Gives back what must be over before the next one; usually nothing.
 * @throws ClientError
 */
type LineCommand = (client: Client, line: CommandLine) => (() => Promise<void>) | void;

/** The commands without a body, by name. */
export const LINE_COMMANDS: ReadonlyMap<string, LineCommand> = new Map<string, LineCommand>([
  ["FIN", FIN],
  ["RDY", RDY],
  ["REQ", REQ],
  ["NOP", () => {}],
  ["TOUCH", TOUCH],
  ["SUB", SUB],
  ["CLS", CLS],
]);

/** The commands with a body, by name. */
export const BODY_COMMANDS: ReadonlyMap<string, BodyCommand> = new Map<string, BodyCommand>([
  ["PUB", PUB],
  ["MPUB", MPUB],
  ["DPUB", DPUB],
  ["IDENTIFY", IDENTIFY],
  ["AUTH", AUTH],
]);
