/**
 * Layout of a message frame, which is also how a message stands in memory: the log keeps each message as the very frame that its
 * first delivery sends.
 *
 *     offset  0       4            8              16        18   34
 *             size    frame type   timestamp ns   attempts  id   body
 *             int32   int32 = 2    int64          uint16    16   size - 30
 *
 * On disk the frame type is left out and `size` is four less.
 * Source: https://nsq.io/clients/tcp_protocol_spec.html#data-format
 * @module
 */

export const TYPE_OFFSET = 4;
export const TIMESTAMP_OFFSET = 8;
export const ATTEMPTS_OFFSET = 16;
export const ID_OFFSET = 18;
export const BODY_OFFSET = 34;

/** Bytes of a record that are not its body. */
export const RECORD_OVERHEAD_BYTES = BODY_OFFSET;

/** `size` counts all but its own four bytes. */
export const SIZE_FIELD_BYTES = 4;

/** A record on disk is this much shorter: it has no frame type. */
export const DISK_SAVING_BYTES = 4;

/** What a disk record holds besides its length and the body: timestamp, attempts, id. */
export const DISK_MESSAGE_OVERHEAD_BYTES = 26;

/** Attempts are sent as an unsigned 16-bit number; the count stays there. */
export const MAX_ATTEMPTS = 0xffff;
