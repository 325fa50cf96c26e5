/** What a machine may lack, so that a test cannot test: it passes with a warning there, but never in CI. */

/** Whether nothing may be left out. */
export const isCi = Deno.env.get("CI") === "true";

/** For what is not there. @throws {Error} in CI */
export function lacking(what: string): undefined {
  if (isCi) throw new Error(`${what}: in CI nothing is left out`);
  return undefined;
}
