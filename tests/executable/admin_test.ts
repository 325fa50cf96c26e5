/** The console out of the executable: its pages are inside. */
import { match, ok, strictEqual as equal } from "node:assert/strict";
import { Admin } from "../harness/admin.ts";
import { TemporaryDirectory } from "../harness/files.ts";
import { startNsqd } from "../harness/nsqd.ts";
import { executablePath } from "./executable.ts";

Deno.test("executable serves the console's pages and API from an empty directory", async () => {
  using dir = new TemporaryDirectory();
  await using nsqd = await startNsqd({ command: [executablePath(), "nsqd"] });
  await nsqd.create("t", "c");
  const child = new Deno.Command(executablePath(), {
    args: [
      "admin",
      "--http-address=127.0.0.1:0",
      `--nsqd-http-address=127.0.0.1:${nsqd.httpPort}`,
    ],
    cwd: dir.path,
    env: {},
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  await using admin = new Admin(child, "");
  await admin.started();

  const page = await admin.http("/topics/t");
  const html = await page.text();
  equal(page.status, 200, html);
  match(page.headers.get("content-type") ?? "", /^text\/html/);
  const policy = page.headers.get("content-security-policy") ?? "";
  match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'; /);
  ok(!policy.includes("unsafe"), policy);

  const assets = [...html.matchAll(/(?:src|href)="(\/static\/[^"]+)"/g)].map(([, path]) => path!);
  equal(assets.length, 3, "script, style and icon");
  for (const path of assets) {
    const response = await admin.http(path.replaceAll("&amp;", "&"));
    ok((await response.arrayBuffer()).byteLength > 100, path);
    equal(response.status, 200, path);
    match(response.headers.get("cache-control") ?? "", /immutable/, path);
  }

  const { topics } = await (await admin.http("/api/topics")).json();
  equal(JSON.stringify(topics), '["t"]');
  const created = await admin.http("/api/topics", {
    method: "POST",
    body: JSON.stringify({ topic: "u", channel: "d" }),
  });
  equal(created.status, 200, await created.text());
  equal((await nsqd.channel("u", "d")).depth, 0);
  await admin.stop("SIGINT");
  equal(dir.names().length, 0, "nothing is left behind");
});
