import {
  deepStrictEqual as deepEqual,
  match,
  rejects,
  strictEqual as equal,
} from "node:assert/strict";
import type { Consumer, Handler, Message } from "../../client/mod.ts";
import { createLogger } from "../../log/logger.ts";
import { Archive, type ArchiveSettings } from "./archive.ts";
import type { RotatingFile } from "./rotating_file.ts";

const QUIET = createLogger({ level: 5, prefix: "", format: "text" });
const LONG_MS = 1_000_000;

/** Writes down what happens to messages and to the file, in order. */
class Fixture {
  readonly events: string[] = [];
  isStarved = false;
  rotateAt = "";
  failAt = "";
  #handler: Handler = () => {};
  #end: () => void = () => {};

  readonly consumer = {
    run: (handler: Handler) => {
      this.#handler = handler;
      return new Promise<void>((resolve) => this.#end = resolve);
    },
    stop: () => Promise.resolve(this.#end()),
  };

  readonly file = {
    path: "the file",
    needsRotation: () => {
      if (this.rotateAt === "") return false;
      this.rotateAt = "";
      return true;
    },
    rotate: () => this.#note("rotate"),
    append: (body: Uint8Array) => void this.#note(`append ${new TextDecoder().decode(body)}`),
    flush: () => {},
    sync: () => this.#note("sync"),
    close: () => this.#note("close"),
    abandon: () => void this.#note("abandon"),
  };

  archive(settings: Partial<ArchiveSettings> = {}): Archive {
    // deno-lint-ignore no-this-alias
    const fixture = this;
    const consumer = {
      ...this.consumer,
      get isStarved() {
        return fixture.isStarved;
      },
    };
    const parts = { consumer: consumer as unknown as Consumer, logger: QUIET };
    return new Archive({ ...parts, file: this.file as unknown as RotatingFile }, {
      syncIntervalMs: LONG_MS,
      skipEmptyFiles: false,
      ...settings,
    });
  }

  deliver(...bodies: string[]): void {
    for (const body of bodies) {
      void this.#handler({
        body: new TextEncoder().encode(body),
        finish: () => void this.events.push(`finish ${body}`),
        requeue: () => void this.events.push(`requeue ${body}`),
      } as unknown as Message);
    }
  }

  /** The events since the last call, once nothing more happens by itself. */
  async settled(): Promise<string> {
    await new Promise((resolve) => setTimeout(resolve));
    return this.events.splice(0).join(", ");
  }

  #note(event: string): Promise<void> {
    this.events.push(event);
    if (event === this.failAt) throw new Error("disk full");
    return Promise.resolve();
  }
}

Deno.test("Archive finishes messages after a sync, when the consumer starves", async () => {
  const fixture = new Fixture();
  const archive = fixture.archive();
  const running = archive.run();
  fixture.deliver("a", "b");
  equal(await fixture.settled(), "append a, append b");
  fixture.isStarved = true;
  fixture.deliver("c");
  equal(await fixture.settled(), "append c, sync, finish a, finish b, finish c");
  archive.stop();
  await running;
  match(await fixture.settled(), /sync, close$/);
});

Deno.test("Archive finishes messages after the interval", async () => {
  const fixture = new Fixture();
  const archive = fixture.archive({ syncIntervalMs: 20 });
  const running = archive.run();
  fixture.deliver("a");
  while (!fixture.events.includes("finish a")) await new Promise((done) => setTimeout(done, 5));
  deepEqual(fixture.events.slice(0, 3), ["append a", "sync", "finish a"]);
  archive.stop();
  await running;
});

Deno.test("Archive syncs what belongs into a file before it begins the next", async () => {
  const fixture = new Fixture();
  const archive = fixture.archive();
  const running = archive.run();
  fixture.deliver("a");
  await fixture.settled();
  fixture.rotateAt = "b";
  fixture.deliver("b");
  equal(await fixture.settled(), "sync, finish a, rotate, append b");
  archive.stop();
  await running;
});

Deno.test("Archive closes the file to reopen it", async () => {
  const fixture = new Fixture();
  const archive = fixture.archive();
  const running = archive.run();
  fixture.deliver("a");
  archive.reopen();
  equal(await fixture.settled(), "append a, sync, finish a, close");
  archive.stop();
  await running;
});

for (const failAt of ["append b", "sync", "rotate"]) {
  Deno.test(`Archive requeues what is not on disk when ${failAt} fails`, async () => {
    const fixture = new Fixture();
    fixture.failAt = failAt;
    const running = fixture.archive().run();
    fixture.isStarved = true;
    if (failAt === "rotate") fixture.rotateAt = "a";
    const failed = rejects(running, /^Error: cannot write the file - disk full$/);
    fixture.deliver("a", "b", "c");
    await failed;
    const requeued = fixture.events.filter((event) => event.startsWith("requeue"));
    deepEqual(requeued, ["requeue a", "requeue b", "requeue c"]);
    equal(fixture.events.some((event) => event.startsWith("finish")), false);
    equal(fixture.events.at(-1), "abandon");
  });
}
