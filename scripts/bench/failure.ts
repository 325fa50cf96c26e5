/** A count was wrong, or something answered with an error: the figure means nothing. */
export class WorkloadFailure extends Error {
  override name = "WorkloadFailure";
}
