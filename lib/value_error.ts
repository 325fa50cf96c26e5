/**
 * A single value is not acceptable. Its message is only the reason; whoever knows where the value
 * stood (a flag, a key of a file, an option of the client library) says so in front of it.
 */
export class ValueError extends Error {
  override name = "ValueError";
}
