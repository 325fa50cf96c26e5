/**
 * A refusal that the caller of the API is told: the status, and the message as it stands in the
 * answer. Any other exception in a handler is a defect and is answered with 500 INTERNAL_ERROR.
 */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  /** The header WWW-Authenticate of a 401; undefined for none. */
  readonly challenge: string | undefined;

  constructor(status: number, message: string, options?: ErrorOptions & { challenge?: string }) {
    super(message, options);
    this.status = status;
    this.challenge = options?.challenge;
  }
}
