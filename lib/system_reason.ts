/** How node's modules say it: with a code before, and what it was doing behind. */
const NODE = /^E[A-Z0-9]+: ([^]*?), \w+(?: '[^]*')?$/;

/** The system's words for what went wrong, without its number and what it was doing: `no space left on device`. */
export function systemReason(error: unknown): string {
  // The runtime keeps programs out of /proc and the like, and speaks of its own flags.
  if (error instanceof Error && error.name === "NotCapable") {
    return "a program may not use this place";
  }
  const text = error instanceof Error ? error.message : String(error);
  const end = text.indexOf(" (os error ");
  if (end < 0) return NODE.exec(text)?.[1] ?? text;
  return text[0]!.toLowerCase() + text.slice(1, end);
}
