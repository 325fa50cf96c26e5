/** What the API looks at of a request. A `Request` is one; one that another thread has received is another. */
export interface HttpRequest {
  readonly method: string;
  /** Scheme, host, path and query, as they were sent. */
  readonly url: string;
  readonly headers: Pick<Headers, "get" | "has">;
  /** Null for a method that has none. */
  readonly body: ReadableStream<Uint8Array> | null;
  /** Whether any of it was read. */
  readonly bodyUsed: boolean;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
  /** The whole body. @throws when it does not come to its end */
  bytes(): Promise<Uint8Array>;
}
