/** The words of a command line, held against what the help says of them: `TOPIC [CHANNEL]`, `TOPIC...`. */

import { UsageError } from "../../cli/usage_error.ts";
import { isValidName } from "../../wire/names.ts";

/** One word of a pattern. */
interface WordSlot {
  /** Such as `TOPIC`. */
  readonly name: string;
  readonly isOptional: boolean;
  /** May be given again and again; stands last. */
  readonly isRepeated: boolean;
}

/** The slots of a pattern. */
export function wordSlots(pattern: string): WordSlot[] {
  return pattern.split(" ").filter((each) => each !== "").map((each) => ({
    name: each.replace(/[\[\].]/g, ""),
    isOptional: each.startsWith("["),
    isRepeated: each.includes("..."),
  }));
}

/** @throws UsageError that says which word is missing, too many, or no name */
export function checkWords(pattern: string, words: readonly string[]): void {
  const slots = wordSlots(pattern);
  const missing = slots.slice(words.length).find(({ isOptional }) => !isOptional);
  if (missing !== undefined) {
    throw new UsageError(`${missing.name} is missing: say ${pattern}`);
  }
  const last = slots.at(-1);
  if (words.length > slots.length && last?.isRepeated !== true) {
    const extra = words.slice(slots.length).join(" ");
    throw new UsageError(
      pattern === "" ? `takes no words: ${extra}` : `too many words: ${extra} (say ${pattern})`,
    );
  }
  for (const [at, word] of words.entries()) checkName((slots[at] ?? last)!.name, word);
}

function checkName(slot: string, word: string): void {
  if (slot !== "TOPIC" && slot !== "CHANNEL") return;
  if (isValidName(word)) return;
  throw new UsageError(
    `${
      JSON.stringify(word)
    } is no name of a ${slot.toLowerCase()}: 1 to 64 of .a-zA-Z0-9_-, perhaps with #ephemeral`,
  );
}
