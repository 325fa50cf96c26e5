/** Clusters under names of the user's choice, kept in a file of theirs. */

import { UsageError } from "../../cli/usage_error.ts";
import { nearestWord } from "../../cli/nearest.ts";
import { DenoFileSystem } from "../../storage/deno_file_system.ts";
import { replaceFile } from "../../storage/whole_file.ts";
import type { Reach } from "./connection_options.ts";
import type { Environment } from "./environment.ts";

/** A cluster under a name. */
export interface Context {
  readonly reach: Reach;
  /** Asks twice before something is lost. */
  readonly production: boolean;
  /** For people. */
  readonly description: string;
}

/** Others may not read where secrets are. */
const FOLDER_MODE = 0o700;

/** All contexts of a user. */
export class Contexts {
  constructor(
    /** "" where there is no folder for it. */
    readonly path: string,
    /** Name of the one that counts where none is named; "" for none. */
    readonly selected: string,
    readonly all: ReadonlyMap<string, Context>,
  ) {}

  /** @throws UsageError for one that is not there */
  get(name: string): Context {
    const found = this.all.get(name);
    if (found !== undefined) return found;
    const meant = nearestWord(name, this.all.keys());
    const hint = meant === undefined
      ? "nsq context ls tells which there are"
      : `did you mean ${meant}?`;
    throw new UsageError(`there is no context ${JSON.stringify(name)}, ${hint}`);
  }

  /** Another set of contexts in the same file. */
  with(change: { selected?: string; all?: ReadonlyMap<string, Context> }): Contexts {
    return new Contexts(this.path, change.selected ?? this.selected, change.all ?? this.all);
  }

  /** Writes the file anew. @throws UsageError where there is no folder for it */
  async save(): Promise<void> {
    if (this.path === "") throw new UsageError("contexts need XDG_CONFIG_HOME or HOME to be set");
    const folder = this.path.slice(0, this.path.lastIndexOf("/"));
    await Deno.mkdir(folder, { recursive: true, mode: FOLDER_MODE });
    const kept = { selected: this.selected, contexts: Object.fromEntries(this.all) };
    const bytes = new TextEncoder().encode(JSON.stringify(kept, null, 2) + "\n");
    await replaceFile(new DenoFileSystem(), this.path, `${this.path}.${Deno.pid}.tmp`, bytes);
  }
}

/** The contexts in the user's file; none where there is no such file. @throws UsageError for one that cannot be read */
export function readContexts({ configFolder }: Environment): Contexts {
  if (configFolder === undefined) return new Contexts("", "", new Map());
  const path = `${configFolder}/nsq/contexts.json`;
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return new Contexts(path, "", new Map());
    }
    throw new UsageError(`cannot read the contexts: ${(error as Error).message}`);
  }
  try {
    const { selected, contexts } = JSON.parse(text);
    return new Contexts(path, String(selected), new Map(Object.entries(contexts)));
  } catch (error) {
    throw new UsageError(`${path} holds no contexts: ${(error as Error).message}`);
  }
}
