import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { Replaceable } from "./replaceable.ts";

Deno.test("Replaceable closes what is replaced when its last user has done", async () => {
  const closed: string[] = [];
  const holder = new Replaceable("first", (thing) => closed.push(thing));
  const first = Promise.withResolvers<void>(), second = Promise.withResolvers<void>();
  const users = [first, second].map(({ promise }) =>
    holder.use(async (thing) => {
      await promise;
      return thing;
    })
  );
  holder.replace("second");
  deepEqual(await holder.use((thing) => Promise.resolve(thing)), "second");
  first.resolve();
  deepEqual(await users[0], "first");
  deepEqual(closed, []);
  second.reject(new Error("failed"));
  deepEqual(await users[1]!.catch(({ message }) => message), "failed");
  deepEqual(closed, ["first"]);
  holder.replace("third");
  deepEqual(closed, ["first", "second"]);
  holder.close();
  deepEqual(closed, ["first", "second", "third"]);
});
