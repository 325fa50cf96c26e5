/** What the user asked for cannot be done: printed as one line, and the program exits with 2. */
export class UsageError extends Error {
  override name = "UsageError";
}

/**
 * A single value is not acceptable. Its message is only the reason; whoever knows where the value
 * stood (a flag, a key of a file) puts that in front and throws a {@link UsageError}.
 */
export class ValueError extends Error {
  override name = "ValueError";
}
