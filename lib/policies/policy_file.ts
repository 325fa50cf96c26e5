import { JsonPlaces, lineAt } from "./json_places.ts";
import { parsePolicy, type Policy, PolicyError, policyJson } from "./policy.ts";

/**
 * Reads the policies in a file: `{ "policies": [ … ] }`.
 * @throws Error that names line and field
 */
export function parsePolicyFile(text: string): Policy[] {
  const json = parseJson(text);
  const at = (path: readonly (string | number)[], why: string) =>
    new Error(`line ${new JsonPlaces(text).lineOf(path)}: ${why}`);
  const policies = (json as { policies?: unknown } | null)?.policies;
  if (!Array.isArray(policies)) throw at([], 'expected { "policies": [ … ] }');
  const unknown = Object.keys(json as object).find((key) => key !== "policies");
  if (unknown !== undefined) throw at([unknown], `${unknown}: unknown field`);
  const read: Policy[] = [];
  for (const [position, each] of policies.entries()) {
    try {
      const policy = parsePolicy(each);
      if (read.some(({ name }) => name === policy.name)) {
        throw new PolicyError(["name"], `there is another policy ${policy.name}`);
      }
      read.push(policy);
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      throw at(["policies", position, ...error.path], `${nameOf(each)}${error.message}`);
    }
  }
  return read;
}

/** In front of what is wrong with a policy: which one, where it has a name. */
function nameOf(policy: unknown): string {
  const name = (policy as { name?: unknown } | null)?.name;
  return typeof name === "string" && name !== "" ? `policy ${JSON.stringify(name)}: ` : "";
}

/** What {@link parsePolicyFile} reads. */
export function formatPolicyFile(policies: readonly Policy[]): string {
  return JSON.stringify({ policies: policies.map(policyJson) }, null, 2) + "\n";
}

/** @throws Error that names the line */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = (error as Error).message;
    const offset = /at position (\d+)/.exec(why)?.[1];
    // The runtime says nothing of where when the text just ends.
    const line = lineAt(text, offset === undefined ? text.trimEnd().length : Number(offset));
    throw new Error(`line ${line}: ${why}`, { cause: error });
  }
}
