import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { Message } from "../../client/mod.ts";
import { jsonFormat, plainFormat } from "./format.ts";
import { Printer } from "./printer.ts";

/** Notes what happens; its sink takes at most three bytes at once, when it is asked for. */
class Fixture {
  readonly answers: string[] = [];
  printed = "";
  error: Error | null = null;
  enough = 0;
  #writes: (() => void)[] = [];
  readonly printer: Printer;

  constructor(limit = Infinity) {
    this.printer = new Printer({ write: (bytes) => this.#write(bytes) }, limit, {
      onEnough: () => this.enough++,
      onError: (error) => this.error = error,
    });
  }

  print(body: string): void {
    this.printer.print(message(body, this.answers), plainFormat(""));
  }

  /** Lets writes through until there are none. */
  async flow(): Promise<void> {
    await Promise.resolve();
    for (let write; (write = this.#writes.shift()) !== undefined;) {
      write();
      await new Promise((resolve) => setTimeout(resolve));
    }
  }

  #write(bytes: Uint8Array): Promise<number> {
    const piece = new TextDecoder().decode(bytes.slice(0, 3));
    return new Promise((resolve, reject) =>
      this.#writes.push(() => {
        if (piece.includes("!")) reject(new Error("full"));
        this.printed += piece;
        resolve(piece.length);
      })
    );
  }
}

function message(body: string | Uint8Array, answers: string[] = []): Message {
  return {
    id: "0123456789abcdef",
    timestampNs: 1_700_000_000_123_456_789n,
    attempts: 2,
    body: typeof body === "string" ? new TextEncoder().encode(body) : body,
    finish: () => void answers.push(`finish ${body}`),
    requeue: () => void answers.push(`requeue ${body}`),
  } as unknown as Message;
}

Deno.test("Printer finishes messages once they are written, and not before", async () => {
  const fixture = new Fixture();
  fixture.print("ab");
  await Promise.resolve();
  fixture.print("cdef");
  deepEqual(fixture.answers, []);
  await fixture.flow();
  equal(fixture.printed, "ab\ncdef\n");
  deepEqual(fixture.answers, ["finish ab", "finish cdef"]);
});

Deno.test("Printer keeps the order of messages that are more than one write", async () => {
  const bodies = ["a", "b", "c", "d", "e"].map((letter) => letter.repeat(200_000));
  let printed = "";
  const sizes: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const sink = {
    write(bytes: Uint8Array) {
      printed += new TextDecoder().decode(bytes);
      sizes.push(bytes.length);
      return Promise.resolve(bytes.length);
    },
  };
  const printer = new Printer(sink, bodies.length, { onEnough: resolve, onError: () => {} });
  const answers: string[] = [];
  for (const body of bodies) printer.print(message(body, answers), plainFormat(""));
  await promise;
  equal(printed === bodies.map((body) => `${body}\n`).join(""), true);
  deepEqual(answers.map((answer) => answer.slice(0, 8)), [..."abcde"].map((c) => `finish ${c}`));
  deepEqual(sizes, [400_002, 400_002, 200_001]);
});

Deno.test("Printer prints as many as are wanted and requeues the rest", async () => {
  const fixture = new Fixture(2);
  for (const body of ["a", "b", "c"]) fixture.print(body);
  await fixture.flow();
  equal(fixture.printed, "a\nb\n");
  deepEqual(fixture.answers, ["requeue c", "finish a", "finish b"]);
  equal(fixture.enough, 1);
});

Deno.test("Printer requeues what it cannot write, and all that comes later", async () => {
  const fixture = new Fixture();
  fixture.print("!");
  await Promise.resolve();
  fixture.print("b");
  await fixture.flow();
  fixture.print("c");
  deepEqual(fixture.answers, ["requeue !", "requeue b", "requeue c"]);
  equal(fixture.error?.message, "full");
});

Deno.test("jsonFormat keeps every digit, and bodies that are no text in base64", async () => {
  const lines = await Promise.all([
    format('say "hi"\n'),
    format(Uint8Array.of(0xff, 0)),
    format("\ufeffx"),
  ]);
  const head = '{"topic":"t","id":"0123456789abcdef","timestamp":1700000000123456789,"attempts":2,';
  deepEqual(lines, [
    head + '"body":"say \\"hi\\"\\n"}\n',
    head + '"body_base64":"/wA="}\n',
    head + '"body":"\ufeffx"}\n',
  ]);
});

/** What `--json` prints of a message. */
async function format(body: string | Uint8Array): Promise<string> {
  let printed = "";
  const { promise, resolve } = Promise.withResolvers<void>();
  const sink = {
    write(bytes: Uint8Array) {
      printed += new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
      return Promise.resolve(bytes.length);
    },
  };
  const printer = new Printer(sink, 1, { onEnough: resolve, onError: () => {} });
  printer.print(message(body), jsonFormat("t"));
  await promise;
  return printed;
}
