import { match, strictEqual as equal } from "node:assert/strict";
import { createNsqdApi } from "./api.ts";
import { FakeHost } from "./testing/fake_host.ts";

function send(method: string, path: string, signal?: AbortSignal): Promise<Response> {
  const request = new Request(`http://a${path}`, { method, ...(signal && { signal }) });
  return createNsqdApi(new FakeHost()).handle(request, { remoteAddress: "127.0.0.1:9" });
}

/** Status and text of the answer. */
async function answer(method: string, path: string): Promise<string> {
  const response = await send(method, path);
  return `${response.status} ${await response.text()}`;
}

Deno.test("/debug/pprof/ links to entries that exist", async () => {
  const page = await (await send("GET", "/debug/pprof/")).text();
  const links = [...page.matchAll(/href="([^"?]+)/g)].map((found) => found[1]!);
  equal(links.length, 5);
  for (const link of links) {
    const { pathname } = new URL(link, "http://a/debug/pprof/");
    const response = await send("OPTIONS", pathname);
    equal(response.headers.get("Allow"), "GET, OPTIONS", pathname);
  }
});

Deno.test("/debug/pprof/profile gives a CPU profile, one at a time", async () => {
  const first = send("GET", "/debug/pprof/profile?seconds=0.2");
  // Begins its work behind the first, as both wait for the same module.
  const second = await send("GET", "/debug/pprof/heap?seconds=0.01");
  equal(second.status, 409);
  await second.body?.cancel();
  const response = await first;
  equal(response.headers.get("Content-Disposition"), 'attachment; filename="profile.cpuprofile"');
  const profile = await response.json();
  equal(profile.nodes[0].callFrame.functionName, "(root)");
  equal(profile.endTime - profile.startTime > 100_000, true);
});

Deno.test("/debug/pprof/profile ends when its caller goes away", async () => {
  const gone = new AbortController();
  const response = send("GET", "/debug/pprof/profile?seconds=300", gone.signal);
  gone.abort();
  equal((await (await response).json()).nodes.length > 0, true);
});

Deno.test("/debug/pprof/heap gives a snapshot, or with seconds a sample", async () => {
  const snapshot = await (await send("GET", "/debug/pprof/heap")).json();
  equal(snapshot.nodes.length > 0, true);
  const sample = await (await send("GET", "/debug/pprof/heap?seconds=0.01")).json();
  equal(sample.head.callFrame.functionName, "(root)");
});

Deno.test("/debug/pprof refuses a profile that is too long", async () => {
  equal(
    await answer("GET", "/debug/pprof/profile?seconds=301"),
    "400 seconds must not be more than 300",
  );
});

Deno.test("/debug/pprof/cmdline begins with the executable", async () => {
  const text = await (await send("GET", "/debug/pprof/cmdline")).text();
  equal(text.split("\0")[0], Deno.execPath());
});

Deno.test("/debug says what Deno has nothing for", async () => {
  match(await answer("GET", "/debug/pprof/goroutine"), /^501 .*goroutine/);
  match(await answer("POST", "/debug/pprof/symbol"), /^501 .*symbol/);
  equal(await answer("PUT", "/debug/setblockrate?rate=1"), "501 Deno has no block profile");
  equal(
    await answer("PUT", "/debug/setblockrate?rate=x"),
    '400 invalid block rate : strconv.Atoi: parsing "x": invalid syntax',
  );
});

Deno.test("/debug/freememory collects garbage and answers with nothing", async () => {
  equal(await answer("POST", "/debug/freememory"), "200 ");
});

Deno.test("/debug/memory gives figures", async () => {
  const { rss, used_heap_size } = await (await send("GET", "/debug/memory")).json();
  equal(rss > used_heap_size && used_heap_size > 0, true);
});
