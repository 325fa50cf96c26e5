/** Asks before something is lost. */

import type { Target } from "./connection.ts";

/** Nothing was done, because nobody said yes. */
class Declined extends Error {
  override readonly name = "Declined";
}

/** Who is asked. */
export interface Questioner {
  /** Whether somebody is there to answer. */
  readonly isTerminal: boolean;
  /** Asks, and gives the line that was typed; null for the end of the input. */
  ask(question: string): string | null;
}

/**
 * Asks whether to do what `what` says; in a production context also for that context's name. `--yes` answers the first question, and
 * the second where nobody can be asked and the command itself names the context.
 *
 * @param what a sentence that tells what is lost, without its end
 * @throws Declined
 */
export function confirm(
  what: string,
  { yes, target, questioner }: {
    readonly yes: boolean;
    readonly target: Target;
    readonly questioner: Questioner;
  },
): void {
  const { isProduction, isNamed, context } = target;
  if (!questioner.isTerminal) {
    if (!yes) throw new Declined(`${what}. Nothing was done: say --yes where nobody can be asked`);
    if (!isProduction || isNamed) return;
    throw new Declined(
      `${what}. Nothing was done: ${context} is a production context, name it by --context=${context} beside --yes`,
    );
  }
  if (!yes && !/^y(es)?$/i.test(questioner.ask(`${what}. Go on? [y/N] `)?.trim() ?? "")) {
    throw new Declined("nothing was done");
  }
  if (!isProduction) return;
  const typed = questioner.ask(`${context} is production. Type its name to go on: `);
  if (typed?.trim() !== context) throw new Declined("nothing was done: that was another name");
}

/** The user at the terminal: questions go to stderr, so that stdout stays data. */
export const userAtTerminal: Questioner = {
  get isTerminal() {
    return Deno.stdin.isTerminal();
  },
  ask(question) {
    Deno.stderr.writeSync(new TextEncoder().encode(question));
    const bytes: number[] = [];
    const buffer = new Uint8Array(1);
    for (;;) {
      const count = Deno.stdin.readSync(buffer);
      if (count === null && bytes.length === 0) return null;
      if (count === null || buffer[0] === 0x0a) break;
      bytes.push(buffer[0]!);
    }
    return new TextDecoder().decode(Uint8Array.from(bytes));
  },
};
