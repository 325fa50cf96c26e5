/** How long a pattern is once its repetitions are written out, which is what compiling and matching it take. */

/** `{3}`, `{3,}`, `{3,5}` */
const REPETITION = /\{(\d+)(?:,(\d*))?\}/y;
/** What is one unit although it is several characters: an escape, or a class, in which nothing is repeated. Bounded, so as to stay linear. */
const UNIT =
  /\\[pP]\{[^}]{0,64}\}|\\x\{[^}]{0,8}\}|\\[pP]?[^]|\[\^?\]?(?:\[:\^?[a-z]{1,16}:\]|\\[^]|[^\]\\])*(?:\]|$)/y;
const QUOTED = /\\Q([^]*?)(?:\\E|$)/y;

/**
 * Characters of the pattern where `(ab){3}` counts as `(ab)(ab)(ab)`. Of what is no valid pattern it gives some number: compiling says
 * what is wrong with it.
 */
export function writtenOutLength(pattern: string): number {
  const around: number[] = []; // of the groups that are open
  let sum = 0;
  let last = 0; // what a repetition behind it repeats
  for (let at = 0; at < pattern.length;) {
    const repetition = matchAt(REPETITION, pattern, at);
    const text = (repetition ?? matchAt(QUOTED, pattern, at) ?? matchAt(UNIT, pattern, at))?.[0] ??
      pattern[at]!;
    at += text.length;
    if (repetition !== undefined) {
      const more = last * (Math.max(1, Number(repetition[1]), Number(repetition[2] ?? 0)) - 1);
      [sum, last] = [sum + more, last + more];
    } else if (text === "(") {
      around.push(sum);
      [sum, last] = [1, 0];
    } else if (text === ")") {
      last = sum + 1;
      sum = (around.pop() ?? 0) + last;
    } else {
      last = text.length;
      sum += last;
    }
  }
  return around.reduce((all, each) => all + each, sum);
}

function matchAt(sticky: RegExp, text: string, at: number): RegExpExecArray | undefined {
  sticky.lastIndex = at;
  return sticky.exec(text) ?? undefined;
}
