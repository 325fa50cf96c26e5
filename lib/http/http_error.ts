/**
 * A refusal that the caller of the API is told: the status, and the message as it stands in the
 * answer. Any other exception in a handler is a defect and is answered with 500 INTERNAL_ERROR.
 */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}
