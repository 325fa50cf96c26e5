/**
 * Errors that a client is told of. There are two kinds only: a {@link ClientError} leaves the connection open, a
 * {@link FatalClientError} closes it after the error frame was sent.
 * @module
 */

/** Every error code of the protocol, with what it says. */
export const ErrorCode = {
  /** A command that does not exist, or not in this state, or with bad parameters. */
  Invalid: "E_INVALID",
  /** The first four bytes name no protocol that is spoken here. */
  BadProtocol: "E_BAD_PROTOCOL",
  /** The body of IDENTIFY, AUTH or MPUB is not what it must be. */
  BadBody: "E_BAD_BODY",
  /** The body of a message is not what it must be. */
  BadMessage: "E_BAD_MESSAGE",
  /** The topic's name is not valid. */
  BadTopic: "E_BAD_TOPIC",
  /** The channel's name is not valid. */
  BadChannel: "E_BAD_CHANNEL",
  /** The features asked for exclude each other or could not be switched on. */
  IdentifyFailed: "E_IDENTIFY_FAILED",
  /** The channel takes no further consumer. */
  SubFailed: "E_SUB_FAILED",
  /** The topic does not exist, and the client wanted to make none (`join_only`). */
  NoTopic: "E_NO_TOPIC",
  /** The topic has no channel yet, and the client did not want to be the first (`join_only`). */
  NoChannel: "E_NO_CHANNEL",
  /** The message was not queued. */
  PubFailed: "E_PUB_FAILED",
  /** None of the messages was queued. */
  MpubFailed: "E_MPUB_FAILED",
  /** The deferred message was not queued. */
  DpubFailed: "E_DPUB_FAILED",
  /** The message is not in flight to this client (not fatal). */
  FinFailed: "E_FIN_FAILED",
  /** The message is not in flight to this client (not fatal). */
  ReqFailed: "E_REQ_FAILED",
  /** The message is not in flight to this client (not fatal). */
  TouchFailed: "E_TOUCH_FAILED",
  /** AUTH was sent to a broker that asks for none. */
  AuthDisabled: "E_AUTH_DISABLED",
  /** A command that needs authorization came before AUTH. */
  AuthFirst: "E_AUTH_FIRST",
  /** No auth server could be asked. */
  AuthFailed: "E_AUTH_FAILED",
  /** The auth server does not allow it. */
  Unauthorized: "E_UNAUTHORIZED",
} as const;

/** One of the codes above. */
export type ErrorCode = typeof ErrorCode[keyof typeof ErrorCode];

/** What went wrong with a command; the connection stays. `message` is the whole text of the error frame. */
export class ClientError extends Error {
  override readonly name: string = "ClientError";
  /** Whether the connection closes once the client was told. */
  readonly fatal: boolean = false;

  /** @param text one character per byte, as {@link OutputBuffer.frame} sends it */
  constructor(readonly code: ErrorCode, text: string, options?: ErrorOptions) {
    super(text === "" ? code : `${code} ${text}`, options);
  }
}

/** What went wrong with a command; the connection closes after the error frame. */
export class FatalClientError extends ClientError {
  override readonly name = "FatalClientError";
  override readonly fatal = true;
}
