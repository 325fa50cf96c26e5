/** What the user asked for cannot be done: printed as one line, and the program exits with 2. */
export class UsageError extends Error {
  override name = "UsageError";
}
