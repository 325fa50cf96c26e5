/**
 * What threads tell each other of an exchange over HTTP: a request and its answer. One direction is a {@link RingWriter}'s; the number of an exchange is
 * the thread's own.
 */

/** Kinds of entries from here on are about exchanges; those below, about connections. */
export const FIRST_HTTP_KIND = 64;

/** What the next entry about the exchange begins with: all of it did not fit into one. In both directions. */
export const PART = FIRST_HTTP_KIND;

/** From an I/O thread to the core. */
export const HttpFromThread = {
  /** What `requestBytes` makes. */
  Request: 65,
  /** A piece of the body that {@link HttpToThread.WantBody} had asked for. */
  BodyPiece: 66,
  /** There is no more of it. */
  BodyEnd: 67,
  /** It does not come to its end: why, in words. */
  BodyFailed: 68,
  /** The client has taken a piece of the answer, and wants another one. */
  Taken: 69,
  /** The client has gone while it was being answered. */
  Stopped: 70,
  /** The client has gone: see {@link HttpToThread.WatchClient}. */
  Gone: 71,
  /** The answer was handed to the connection: see {@link AnswerFlag.Tell}. */
  Delivered: 72,
  /** It could not be. */
  NotDelivered: 73,
} as const;

/** From the core to an I/O thread. */
export const HttpToThread = {
  /** What `answerBytes` makes. */
  Answer: 65,
  /** The answer with {@link AnswerFlag.Keep}, once more. */
  SameAnswer: 66,
  AnswerPiece: 67,
  AnswerEnd: 68,
  /** The answer breaks off, and the connection with it. */
  AnswerFailed: 69,
  /** One piece of the body, please. */
  WantBody: 70,
  /** Nobody wants the rest. */
  DropBody: 71,
  /** Say so if the client goes. */
  WatchClient: 72,
} as const;

/** Where the body of a request is. */
export const BodyState = {
  /** In the same entry. */
  Here: 0,
  /** It comes when it is asked for. */
  Asked: 1,
  /** It did not come to its end. */
  Failed: 2,
} as const;

export const AnswerFlag = {
  /** The body comes in pieces; else it is here. */
  Pieces: 1,
  /** There is no body, not even an empty one. */
  NoBody: 2,
  /** Tell whether the answer could be handed to the connection. */
  Tell: 4,
  /** It will be sent again, to others: {@link HttpToThread.SameAnswer}. */
  Keep: 8,
} as const;

/** The headers that cross, each a line of a head. All of them would cost more than the rest of the request. */
export const HEADERS = [
  "host",
  "content-length",
  "transfer-encoding",
  "expect",
  "authorization",
  "accept",
  "user-agent",
] as const;

/**
 * The head of a request, a line each: method, URL, and the {@link HEADERS}, each with a colon before it if it is there; without Content-Length where the
 * body tells, so that the heads of those who publish again and again are the same.
 */
export const HEAD_LINES = { method: 0, url: 1, headers: 2 } as const;
