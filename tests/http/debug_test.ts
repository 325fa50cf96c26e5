import { match, strictEqual as equal } from "node:assert/strict";
import { eventually, type Nsqd, nsqdSuite } from "../harness/mod.ts";
import { answer } from "./answer.ts";

async function json(nsqd: Nsqd, path: string) {
  return await (await nsqd.http(path)).json();
}

nsqdSuite([], (test) => {
  test("/debug/pprof/ is a page", async (nsqd) => {
    match(await answer(nsqd, "GET", "/debug/pprof/"), /^200 <html>.*href=.*<\/html>/s);
  });

  test("/debug/pprof/cmdline gives the arguments with NUL between them", async (nsqd) => {
    const text = await answer(nsqd, "GET", "/debug/pprof/cmdline");
    equal(text.split("\0").includes(`--data-path=${nsqd.dataPath}`), true);
  });

  test("/debug/setblockrate refuses what is no number", async (nsqd) => {
    const expected = '400 invalid block rate : strconv.Atoi: parsing "x": invalid syntax';
    equal(await answer(nsqd, "PUT", "/debug/setblockrate?rate=x"), expected);
  });

  test.betterThanReference("/debug/setblockrate says that there is no such profile", async (nsqd) => {
    const answered = await answer(nsqd, "PUT", "/debug/setblockrate?rate=1");
    equal(answered, "501 Deno has no block profile");
  });

  test.betterThanReference("/debug/freememory answers with nothing", async (nsqd) => {
    equal(await answer(nsqd, "POST", "/debug/freememory"), "200 ");
  });

  test.betterThanReference("/debug gives profiles that V8's tools read", async (nsqd) => {
    const { nodes } = await json(nsqd, "/debug/pprof/profile?seconds=0.1");
    equal(nodes[0].callFrame.functionName, "(root)");
    const { snapshot } = await json(nsqd, "/debug/pprof/heap");
    equal(snapshot.node_count > 1000, true);
    const { head } = await json(nsqd, "/debug/pprof/heap?seconds=0.1");
    equal(head.callFrame.functionName, "(root)");
  });

  test.betterThanReference("/debug/memory gives figures", async (nsqd) => {
    equal((await json(nsqd, "/debug/memory")).rss > 10_000_000, true);
  });

  test.betterThanReference("a CPU profile under way is ended by a caller who leaves", async (nsqd) => {
    const leaving = new AbortController();
    const abandoned = nsqd.http("/debug/pprof/profile?seconds=300", { signal: leaving.signal })
      .catch((error: Error) => error.name);
    const sample = () => answer(nsqd, "GET", "/debug/pprof/heap?seconds=0.01");
    await eventually(async () => match(await sample(), /^409 /));
    leaving.abort();
    equal(await abandoned, "AbortError");
    await eventually(async () => match(await sample(), /^200 /));
  });
});
