/**
 * What tests from source see of the Deno that runs them, where 2.9 and the one that is compiled differ. It all stands here, and
 * in words, with what other tests would see, in docs/dependencies.md.
 */
import { isReference } from "./target.ts";

/** How the runtime serves HTTP/1.1. */
interface HttpServerTraits {
  /** A header of so many bytes is taken; beyond 1 MiB it is refused in any case. */
  readonly takesHeaderBytes: number;
  /** How a header is refused. */
  readonly headersTooLarge: string;
  /** Whether that is sure to arrive, although more is being sent. */
  readonly lingers: boolean;
  /** Whether what does not hold a chunk is answered, by us; else the connection ends. */
  readonly answersWrongChunks: boolean;
  /** Whether the body is asked for when we want it; else always, and who is refused is waited for. */
  readonly asksForBodyWhenWanted: boolean;
  /** Whether an answer with `Connection: close` is the last; else it is up to the client. */
  readonly closesByItself: boolean;
}

const HYPER: HttpServerTraits = {
  takesHeaderBytes: 200_000,
  headersTooLarge: "431 Request Header Fields Too Large",
  lingers: true,
  answersWrongChunks: true,
  asksForBodyWhenWanted: true,
  closesByItself: true,
};

/** Deno's own, in place of the library's. */
const OWN: HttpServerTraits = {
  takesHeaderBytes: 60_000, // of 64 KiB in all
  headersTooLarge: "400 Bad Request",
  lingers: false,
  answersWrongChunks: false,
  asksForBodyWhenWanted: false,
  closesByItself: false,
};

/** Whether nsqd is run by Deno 2.9 or newer: from source, by what runs the tests. */
const isNewer = !isReference && Deno.env.get("NSQ_EXECUTABLE") === undefined && isFrom(2, 9);

export const httpServer = isNewer ? OWN : HYPER;

/** What the log says of a client's certificate of X.509 version 1. */
export const version1Refusal = isNewer
  ? / - UNABLE_TO_VERIFY_LEAF_SIGNATURE$/
  : /certificate is X.509 version 1/;

/** Whether a client of TLS 1.2 is refused that signs with the hash of another curve than its key's. */
export const refusesOtherHashes = !isNewer;

function isFrom(major: number, minor: number): boolean {
  const [ourMajor = 0, ourMinor = 0] = Deno.version.deno.split(".").map(Number);
  return ourMajor > major || ourMajor === major && ourMinor >= minor;
}
