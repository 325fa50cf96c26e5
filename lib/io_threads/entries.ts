/**
 * What threads tell each other of a connection. One direction is a {@link RingWriter}'s; the connection's number is the thread's own, and is
 * given anew only after {@link ToThread.Close} was read.
 */

/** From an I/O thread to the core. */
export const FromThread = {
  /** A client has come: name and address, in JSON. */
  Opened: 1,
  /** Bytes, as many as there was credit for at most: {@link ToThread.Credit}. */
  Data: 2,
  /** The client sends no more. */
  End: 3,
  /** The stream failed where something was to be written, in words. */
  Failed: 4,
  /** So many bytes were written since the last time. */
  Written: 5,
  /** {@link ToThread.CloseWrite} is done. */
  WriteClosed: 6,
  /** {@link ToThread.Upgrade} is done: what was agreed on, in JSON. */
  Upgraded: 7,
  /** It is not, in words. */
  UpgradeFailed: 8,
  /** {@link ToThread.Hold} is done: no data comes any more. */
  Held: 9,
  /** Nothing more can be read, in words; what is to be written may still go. */
  ReadFailed: 10,
} as const;

/** From the core to an I/O thread. */
export const ToThread = {
  /** So many bytes more may be sent. */
  Credit: 1,
  /** Write this. */
  Data: 2,
  CloseWrite: 3,
  /** The last one about this connection. */
  Close: 4,
  /** Go on over TLS or compressed: an {@link UpgradeRequest} in JSON, a zero byte, then what was received already. Follows {@link FromThread.Held}. */
  Upgrade: 5,
  /** Send no more data before the upgrade. */
  Hold: 6,
} as const;

/** The bytes of one entry at most: several connections, and exchanges over HTTP, share a ring. */
export const MAX_ENTRY_BYTES = 128 * 1024;

/** What a connection is to go on over. */
export type UpgradeRequest =
  | { readonly to: "tls" | "snappy" }
  | { readonly to: "deflate"; readonly level: number };

/** An address to listen on, together with others. */
export interface SharedAddress {
  readonly hostname: string;
  readonly port: number;
}

/** What a thread is told first, by `postMessage`. */
export interface ThreadSetup<Tls = unknown, Ring = unknown> {
  readonly kind: "setup";
  readonly hostname: string;
  readonly port: number;
  /** For whoever writes to the core, and for who reads from it. */
  readonly fromThread: Ring;
  readonly toThread: Ring;
  /** Null without. */
  readonly tls: Tls | null;
}

/**
 * What else a thread is told by `postMessage`: `fail` is for tests, `tls` brings another certificate, `http` has it serve HTTP there, too, and `renew http`
 * has it listen there anew.
 */
export type ThreadOrder<Tls = unknown> =
  | { readonly kind: "start" | "stop" | "fail" | "give memory back" | "renew http" | "stop http" }
  | { readonly kind: "tls"; readonly settings: Tls }
  | { readonly kind: "http"; readonly addresses: readonly SharedAddress[] };

/** What a thread tells by `postMessage`, seldom enough. */
export type ThreadNews =
  /** It listens, and accepts when it is told to. */
  | { readonly kind: "listening"; readonly port: number; readonly address: string }
  | { readonly kind: "refused"; readonly message: string }
  | {
    readonly kind: "log";
    readonly level: "debug" | "info" | "warn" | "error";
    readonly text: string;
  }
  /** All its connections are closed after `stop`. */
  | { readonly kind: "stopped" }
  /** It serves HTTP; or does not, and why. */
  | { readonly kind: "http"; readonly refusal: string | null }
  /** It listens no more for HTTP, unasked. */
  | { readonly kind: "http ended" }
  /** All that was asked over HTTP is answered after `stop http`. */
  | { readonly kind: "http stopped" };
