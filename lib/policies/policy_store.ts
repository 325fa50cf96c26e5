import type { FileSystem } from "../storage/file_system.ts";
import { readWholeFile, replaceFile } from "../storage/whole_file.ts";
import { deadLetterCycle } from "./dead_letter_cycles.ts";
import { checkBackoff, checkCompanions, withBackoffUpTo } from "./fitting.ts";
import { type Policy, PolicyError } from "./policy.ts";
import { formatPolicyFile, parsePolicyFile } from "./policy_file.ts";
import { PolicySet } from "./policy_set.ts";

const FILE_NAME = "policies.json";

/** So many policies cost nothing that anybody notices; more are a mistake. */
const MAX_POLICIES = 1000;

/** What the store needs. */
export interface PolicyStoreOptions {
  files: FileSystem;
  dataPath: string;
  /** `--max-req-timeout`: a longer backoff is refused, and in a file shortened. */
  maxBackoffMs: number;
  /** Hears in a sentence of what is passed over in a file. */
  warn(text: string): void;
  /** `--policy-file`: policies that cannot be changed. */
  fixedFiles: readonly string[];
  /** The policies changed. */
  onChange(): void | Promise<void>;
}

/** All policies of a broker: those of `policies.json`, which can be changed, and those of files that cannot. */
export class PolicyStore {
  readonly #options: PolicyStoreOptions;
  readonly #path: string;
  #fixed: readonly Policy[] = [];
  #changeable: readonly Policy[] = [];
  #current = new PolicySet([]);
  /** The last change under way: one after the other. */
  #changing: Promise<unknown> = Promise.resolve();

  constructor(options: PolicyStoreOptions) {
    this.#options = options;
    this.#path = `${options.dataPath}/${FILE_NAME}`;
  }

  /** All that are in force, by rank. */
  get current(): PolicySet {
    return this.#current;
  }

  /** Whether it comes from a file that cannot be changed. */
  isFixed(policy: Policy): boolean {
    return this.#fixed.includes(policy);
  }

  /** Reads the files. @throws Error that names the file, and the line and field at fault: nothing has changed then */
  load(): void {
    const { fixedFiles } = this.#options;
    const fixed = fixedFiles.flatMap((path) => this.#read(path));
    const changeable = this.#read(this.#path, true);
    const last = fixedFiles.at(-1) ?? this.#path;
    const twice = findTwice([...fixed, ...changeable]);
    if (twice !== null) {
      throw new Error(`failed to read policies from ${last} - name: there are two of ${twice}`);
    }
    const set = new PolicySet([...fixed, ...changeable]);
    const cycle = deadLetterCycle(set);
    if (cycle !== null) {
      throw new Error(`failed to read policies from ${this.#path} - ${cycleError(cycle).message}`);
    }
    this.#fixed = fixed;
    this.#changeable = changeable;
    this.#current = set;
  }

  /** Reads the files again, after the changes under way; they are in force when it resolves. @throws as {@link load} */
  reload(): Promise<void> {
    const reloaded = this.#changing.then(() => {
      this.load();
      this.#options.onChange();
    });
    this.#changing = reloaded.catch(() => {}); // whoever asked for it is told
    return reloaded;
  }

  /** What would be in force with `policy` in place of the one with its name. @throws PolicyError when that is refused */
  with(policy: Policy): PolicySet {
    const set = this.#check([...this.#without(policy.name), policy]);
    checkBackoff(policy, this.#options.maxBackoffMs);
    checkCompanions(policy, set.policies);
    return set;
  }

  /** Adds a policy, or replaces the one with its name. Resolves when it is on disk, and in force. @throws PolicyError; what writing throws, and nothing has changed then */
  put(policy: Policy): Promise<void> {
    return this.#change(() => {
      this.with(policy);
      return [...this.#without(policy.name), policy];
    });
  }

  /** Removes a policy. False if there is none of that name. @throws as {@link put} */
  async delete(name: string): Promise<boolean> {
    let isKnown = false;
    await this.#change(() => {
      isKnown = this.#current.policies.some((each) => each.name === name);
      const left = this.#without(name);
      this.#check(left);
      return isKnown ? left : null;
    });
    return isKnown;
  }

  /** @throws PolicyError if that one cannot be changed */
  #without(name: string): readonly Policy[] {
    if (this.#fixed.some((each) => each.name === name)) {
      throw new PolicyError(["name"], `${name} stands in a --policy-file and is changed there`);
    }
    return this.#changeable.filter((each) => each.name !== name);
  }

  /** @throws PolicyError */
  #check(changeable: readonly Policy[]): PolicySet {
    if (changeable.length > MAX_POLICIES) {
      throw new PolicyError(["name"], `there may be ${MAX_POLICIES} policies, and there are`);
    }
    const set = new PolicySet([...this.#fixed, ...changeable]);
    const cycle = deadLetterCycle(set);
    if (cycle !== null) throw cycleError(cycle);
    return set;
  }

  /** @param next gives the policies that there will be; null for no change */
  async #change(next: () => readonly Policy[] | null): Promise<void> {
    let inForce: void | Promise<void> = undefined;
    const changed = this.#changing.then(async () => {
      const policies = next();
      if (policies === null) return;
      const { files, onChange } = this.#options;
      const bytes = new TextEncoder().encode(formatPolicyFile(policies));
      await replaceFile(files, this.#path, `${this.#path}.tmp`, bytes);
      this.#changeable = policies;
      this.#current = new PolicySet([...this.#fixed, ...policies]);
      inForce = onChange();
    });
    this.#changing = changed.catch(() => {}); // whoever asked for it is told
    await changed;
    await inForce; // the next change does not wait for that
  }

  /** The flag may have been lowered since the file was written: that is no reason not to start. */
  #shortened(policy: Policy, path: string): Policy {
    const { maxBackoffMs, warn } = this.#options;
    const shortened = withBackoffUpTo(policy, maxBackoffMs);
    if (shortened !== policy) {
      warn(`${path}: policy ${policy.name}: backoff: shortened to --max-req-timeout`);
    }
    return shortened;
  }

  /** @throws Error that names the file, and the line and field at fault */
  #read(path: string, mayBeMissing = false): Policy[] {
    try {
      const text = new TextDecoder().decode(readWholeFile(this.#options.files, path));
      return parsePolicyFile(text).map((policy) => this.#shortened(policy, path));
    } catch (error) {
      if (mayBeMissing && error instanceof Deno.errors.NotFound) return [];
      const why = (error as Error).message;
      throw new Error(`failed to read policies from ${path} - ${why}`, { cause: error });
    }
  }
}

function findTwice(policies: readonly Policy[]): string | null {
  const names = policies.map(({ name }) => name);
  return names.find((name, at) => names.indexOf(name) !== at) ?? null;
}

function cycleError(cycle: readonly string[]): PolicyError {
  return new PolicyError(
    ["set", "dead_letter"],
    `a dead message would go round in topics: ${cycle.join(", then ")}. ` +
      `A policy for topic ${
        cycle[0]
      }, of higher priority, with dead_letter bury or drop, ends that`,
  );
}
