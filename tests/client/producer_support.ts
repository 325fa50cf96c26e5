/** What the tests of the producer share. */
import { PublishError } from "../../lib/client/mod.ts";
import type { Logger } from "../../lib/log/logger.ts";
import { fail } from "../harness/assert.ts";

/** The error that a publish is rejected with. @throws {Error} when it is not */
export async function rejection(published: Promise<unknown>): Promise<PublishError> {
  try {
    await published;
  } catch (error) {
    if (error instanceof PublishError) return error;
    throw error;
  }
  fail("the publish was acknowledged");
}

/** A logger that keeps warnings and errors. */
export function keepingLogger(): Logger & { lines: string[] } {
  const lines: string[] = [];
  const keep = (text: string) => void lines.push(text);
  const drop = () => {};
  return {
    level: 3,
    enabled: (level) => level >= 3,
    lines,
    debug: drop,
    info: drop,
    warn: keep,
    error: keep,
    fatal: keep,
  };
}
