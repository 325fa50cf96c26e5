/** Which nsqd the tests run against, and how a test says that it only holds for ours. */
import { fileURLToPath } from "node:url";

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

/** The options of `deno run` in the project's `nsqd` task: permissions above all. */
function denoRunOptions(): string[] {
  const { tasks } = JSON.parse(Deno.readTextFileSync(`${projectFolder}/deno.json`));
  const task: unknown = tasks?.nsqd?.command ?? tasks?.nsqd;
  const options = /deno run (.*) main\.ts nsqd/.exec(String(task))?.[1];
  if (options === undefined) throw new Error("deno.json: no task nsqd that runs main.ts");
  return options.split(" ");
}

/** The command that starts one of our roles, without flags: `NSQ_EXECUTABLE` when set, else the sources. */
function roleCommand(role: string): string[] {
  const compiled = Deno.env.get("NSQ_EXECUTABLE");
  if (compiled !== undefined) return [compiled, role];
  return [Deno.execPath(), "run", "--quiet", ...denoRunOptions(), "main.ts", role];
}

/**
 * The command that starts one of the tools under test, without flags.
 *
 * @param name as in nsqio/nsq, such as `nsq_to_http`: ours goes by it too
 */
export function toolCommand(name: string): string[] {
  return toolsReferenceFolder === undefined
    ? roleCommand(name)
    : [`${toolsReferenceFolder}/${name}`];
}

/** The command that starts our nsqd, without flags. */
export function ourCommand(): string[] {
  return roleCommand("nsqd");
}

/** The command that starts the lookupd under test, without flags: ours, or the one `NSQLOOKUPD_REFERENCE` names. */
export function lookupdCommand(): string[] {
  return lookupdReferencePath === undefined ? roleCommand("lookupd") : [lookupdReferencePath];
}

/** The command that starts our admin, without flags. */
export function adminCommand(): string[] {
  return roleCommand("admin");
}

/** The command that starts the nsqd under test, without flags. */
export function targetCommand(): string[] {
  return referencePath === undefined ? ourCommand() : [referencePath];
}

/** A test of what ours deliberately does better than the reference; left out when the reference is tested. */
export function betterThanReference(name: string, body: () => void | Promise<void>): void {
  Deno.test({ name, ignore: isReference, fn: body });
}
