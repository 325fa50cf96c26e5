/** Tests that share one nsqd: they keep apart by the names of their topics. */
import { fail } from "./assert.ts";
import { type Nsqd, startNsqd } from "./nsqd.ts";
import { isReference } from "./target.ts";

/** Registers one test that is given the suite's nsqd. */
export interface SuiteTest {
  (name: string, body: (nsqd: Nsqd) => Promise<void>): void;
  /** As the function itself; left out when the reference is tested, which does less. */
  betterThanReference(name: string, body: (nsqd: Nsqd) => Promise<void>): void;
}

/**
 * Registers tests that share one nsqd, started before the first of the file and stopped, with exit code 0, after the last of them.
 * Their check for unfinished operations is off, because reading the log of the shared process is always one; tests of the file that
 * come later keep theirs, as the process is gone by then.
 */
export function nsqdSuite(flags: readonly string[], register: (test: SuiteTest) => void): void {
  let nsqd: Nsqd | undefined;

  Deno.test.beforeAll(async () => {
    nsqd = await startNsqd({ flags });
  });
  const end = async () => {
    const ending = nsqd;
    nsqd = undefined;
    await ending?.[Symbol.asyncDispose]();
  };
  Deno.test.afterAll(end); // where a filter leaves out the last one

  const add = (ignore: boolean) => (name: string, body: (nsqd: Nsqd) => Promise<void>) => {
    const fn = () => body(nsqd ?? fail("nsqd is not running"));
    Deno.test({ name, ignore, sanitizeOps: false, fn });
  };
  register(Object.assign(add(false), { betterThanReference: add(isReference) }));
  Deno.test({
    name: "the nsqd that these tests share ends in order",
    sanitizeOps: false,
    sanitizeResources: false,
    fn: end,
  });
}

let lastTopicNumber = 0;

/** A topic name that no other test of this process uses. */
export function topicName(): string {
  lastTopicNumber++;
  return `topic_${lastTopicNumber}`;
}
