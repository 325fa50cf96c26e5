/**
 * Where a connection is in its life. The alarm means another thing in each: the client must have said which protocol it speaks, must be heard of,
 * must have read what it was sent.
 *
 *     magic ─► serving ⇄ busy ⇄ upgrading
 *       └─────────┴────────► ending ─► lingering ─► closed      (and from each of them, at once: closed)
 */
export type Phase =
  /** It has not said yet which protocol it speaks. */
  | "magic"
  /** Its commands are read and carried out. */
  | "serving"
  /** A command takes its time: nothing is read, so the client is not silent. */
  | "busy"
  /** As busy, and its stream is being replaced: nothing is written. */
  | "upgrading"
  /** It gets what is left to send, and no command of it is read any more. */
  | "ending"
  /** Everything has been sent, and what it still sends is thrown away, for a moment. */
  | "lingering"
  | "closed";
