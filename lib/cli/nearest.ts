/** Finds the word that somebody meant who mistyped one. */

/** As many edits as a typing error has. */
const MAX_EDITS = 3;

/** Below it two words merely have about the same length. */
const MIN_SIMILARITY = 0.6;

/** Fewer letters are the beginning of too much. */
const MIN_BEGINNING = 4;

/**
 * The word most like `given`, the first of several that are equally so, or else the first that `given` is the beginning of; undefined when
 * none is near. A letter that is missing, too many or wrong, and two that changed places, count as one edit each.
 */
export function nearestWord(given: string, words: Iterable<string>): string | undefined {
  const all = [...words];
  const begun = given.length < MIN_BEGINNING
    ? undefined
    : all.find((word) => word.startsWith(given));
  return mostSimilar(given, all) ?? begun;
}

function mostSimilar(given: string, words: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let fewest = MAX_EDITS + 1;
  for (const word of words) {
    const edits = countEdits(given, word);
    const isNear = 1 - edits / Math.max(given.length, word.length) >= MIN_SIMILARITY;
    if (isNear && edits < fewest) [nearest, fewest] = [word, edits];
  }
  return nearest;
}

/** Distance of Damerau and Levenshtein, in which no part is edited twice. */
function countEdits(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > MAX_EDITS) return MAX_EDITS + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      let edits = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (isSame ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        edits = Math.min(edits, beforeLast[j - 2]! + 1);
      }
      row.push(edits);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length]!;
}
