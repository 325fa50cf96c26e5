/** Which nsqd the tests run against, and how a test says that it only holds for ours. */
import { fileURLToPath } from "node:url";
import { sourceCommand } from "../../scripts/program.ts";

/** Path of another nsqd to test in place of ours: shows that the tests ask for what existing users have. */
const referencePath = Deno.env.get("NSQD_REFERENCE");

/** The same for lookupd. */
const lookupdReferencePath = Deno.env.get("NSQLOOKUPD_REFERENCE");

/** Folder of other programs to test in place of our tools, by the names that nsqio/nsq gives them. */
const toolsReferenceFolder = Deno.env.get("NSQ_TOOLS_REFERENCE");

/** Whether the tests run against other tools than ours. */
export const isToolsReference = toolsReferenceFolder !== undefined;

/** Whether the tests run against another lookupd than ours. */
export const isLookupdReference = lookupdReferencePath !== undefined;

/** Whether the tests run against another nsqd than ours. */
export const isReference = referencePath !== undefined;

/** Path of another nsqd that hands a data directory to ours and takes it back; undefined: that test is left out. */
export const handoverReferencePath = Deno.env.get("NSQD_REFERENCE_HANDOVER");

/**
 * How late a message timeout or deferral may fire, in ms. The reference learns of a new channel only every 5 s; ours is
 * on time, and the allowance is for a busy machine.
 */
export const maxLatenessMs = isReference ? 6_000 : 700;

/** Folder of the project: commands are run in it. */
export const projectFolder = fileURLToPath(new URL("../../", import.meta.url));

/** In front of every command: what makes the surroundings that a process is tested in. */
let launcher: readonly string[] = [];

/** From now on this test file's processes are started by `command`, which must become the process itself. */
export function launchBehind(command: readonly string[]): void {
  launcher = command;
}

/** The command that starts one of our roles, without flags: `NSQ_EXECUTABLE` when set, else the sources. */
function roleCommand(role: string): string[] {
  const compiled = Deno.env.get("NSQ_EXECUTABLE");
  if (compiled !== undefined) return [...launcher, compiled, role];
  return [...launcher, ...sourceCommand(role)];
}

/**
 * The command that starts one of the tools under test, without flags.
 *
 * @param name as in nsqio/nsq, such as `nsq_to_http`: ours goes by it too
 */
export function toolCommand(name: string): string[] {
  return toolsReferenceFolder === undefined
    ? roleCommand(name)
    : [...launcher, `${toolsReferenceFolder}/${name}`];
}

/** Flags that every nsqd of ours gets in front of a test's own: runs all tests in another mode, such as `--io-threads=1`. */
const extraFlags = (Deno.env.get("NSQD_FLAGS") ?? "").split(" ").filter((flag) => flag !== "");

/** The command that starts our nsqd, with no flags but those of `NSQD_FLAGS`. */
export function ourCommand(): string[] {
  return [...roleCommand("nsqd"), ...extraFlags];
}

/** The command that starts the lookupd under test, without flags: ours, or the one `NSQLOOKUPD_REFERENCE` names. */
export function lookupdCommand(): string[] {
  return lookupdReferencePath === undefined
    ? roleCommand("lookupd")
    : [...launcher, lookupdReferencePath];
}

/** The command that starts our admin, without flags. */
export function adminCommand(): string[] {
  return roleCommand("admin");
}

/** The command that starts the nsqd under test, without flags. */
export function targetCommand(): string[] {
  return referencePath === undefined ? ourCommand() : [...launcher, referencePath];
}

/** A test of what ours deliberately does better than the reference; left out when the reference is tested. */
export function betterThanReference(name: string, body: () => void | Promise<void>): void {
  Deno.test({ name, ignore: isReference, fn: body });
}
