/**
 * Constants of the V2 protocol.
 * Source: https://nsq.io/clients/tcp_protocol_spec.html
 * @module
 */

/** What a client sends first to choose protocol V2: two spaces, `V2`. */
export const MAGIC_V2 = "  V2";

/** Bytes of the magic. */
export const MAGIC_BYTES = 4;

/** Frame types of the V2 protocol. */
export const FrameType = { Response: 0, Error: 1, Message: 2 } as const;

/** Bytes before the data of any frame: `size` and `frame type`. */
export const FRAME_HEADER_BYTES = 8;

/** Answer to a command that was carried out. */
export const OK = "OK";

/** Sent once per heartbeat interval; the client answers with any command, usually NOP. */
export const HEARTBEAT = "_heartbeat_";

/** Answer to CLS. */
export const CLOSE_WAIT = "CLOSE_WAIT";

/** A command line of this many bytes without its newline closes the connection, as in nsqd. */
export const MAX_LINE_BYTES: number = 16 * 1024;

/** Characters of a message id on the wire. */
export const MESSAGE_ID_BYTES = 16;

/** Characters of the longest valid topic or channel name. */
export const MAX_NAME_LENGTH = 64;
