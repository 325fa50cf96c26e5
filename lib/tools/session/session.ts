import type { Cluster } from "../../cluster/cluster.ts";
import { confirm, type Questioner } from "./confirm.ts";
import type { Target } from "./connection.ts";
import type { Environment } from "./environment.ts";

/** What every command has: the user who called it. */
export interface LocalSession {
  readonly environment: Environment;
  /** Aborted when the user has had enough. */
  readonly signal: AbortSignal;
  /** Tells what goes on, while something does. */
  readonly say: (line: string) => void;
  /** Prints a line of data at once, for what has no end. */
  readonly print: (line: string) => void;
}

/** One run of a command that acts on a cluster. */
export class Session implements LocalSession {
  readonly environment: Environment;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  readonly print: (line: string) => void;

  constructor(
    readonly cluster: Cluster,
    readonly target: Target,
    local: LocalSession,
    private readonly user: { readonly questioner: Questioner; readonly yes: boolean },
  ) {
    ({
      environment: this.environment,
      signal: this.signal,
      say: this.say,
      print: this.print,
    } = local);
  }

  /** Asks before something is lost. @param what a sentence without its end @throws Declined */
  confirm(what: string): void {
    confirm(what, { ...this.user, target: this.target });
  }
}
