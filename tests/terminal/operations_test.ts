/** docs/operations.md: each curl call and the `nsq` command beside it do work, in the order of the table. */
import { deepEqual, equal, ok } from "../harness/assert.ts";
import { Client, projectFolder, TemporaryDirectory, toolCommand } from "../harness/mod.ts";
import { makeCertificates } from "../transport/certificates.ts";
import { SmallCluster } from "./nsq.ts";

const PAGE = Deno.readTextFileSync(`${projectFolder}/docs/operations.md`);

/** The commands of the table, without what stands around them. */
function rows(): { curl: string; nsq: string }[] {
  return [...PAGE.matchAll(/^\| .*?\| `(curl .*?)`.*?\| `(.*?)` *\|$/gm)]
    .map(([, curl = "", nsq = ""]) => ({ curl, nsq: nsq.replaceAll("\\|", "|") }));
}

/** What curl would do. */
async function byCurl(command: string): Promise<void> {
  const [, isPost, body, url = ""] =
    /^curl(?: -X (POST))?(?: -d '(.*?)')? '(.*?)'$/.exec(command) ?? [];
  const method = isPost !== undefined || body !== undefined ? "POST" : "GET";
  const response = await fetch(url, { method, ...body !== undefined && { body } });
  const text = await response.text();
  equal(response.status, 200, `${command}: ${text}`);
}

Deno.test("every curl call of docs/operations.md has a command that does it, and both work", async () => {
  using folder = new TemporaryDirectory();
  const command = toolCommand("tail").slice(0, -1).join(" ");
  folder.write("nsq", `#!/bin/sh\nexec ${command} "$@"\n`);
  Deno.chmodSync(`${folder.path}/nsq`, 0o755);
  using certificates = await makeCertificates();
  Deno.copyFileSync(certificates.server.cert, `${folder.path}/cert.pem`);
  await using cluster = await SmallCluster.start("--durable=orders");
  await cluster.create("orders", "archive");
  // So that the broker which is drained has something to wait for.
  await cluster.first.post("/pub?topic=orders", "kept");
  using consumer = await Client.connect(cluster.first.tcpPort);
  await consumer.subscribe("orders", "archive");
  const here = (text: string) =>
    text.replaceAll("127.0.0.1:4161", `127.0.0.1:${cluster.lookupd.httpPort}`)
      .replaceAll("127.0.0.1:4151", `127.0.0.1:${cluster.first.httpPort}`);
  const all = rows();
  ok(all.length >= 25, `${all.length} rows`);
  for (const { curl } of all) await byCurl(here(curl));
  const others = [...PAGE.matchAll(/^nsq (?:check|context) .*$/gm)].map(([line]) =>
    // The certificates of the tests are made for two days.
    line.replace("--warning=14", "--warning=1 --critical=1")
  );
  const script = [...all.map(({ nsq }) => nsq), ...others].map(here)
    .map((line) =>
      `{ ${line}; } || { echo "FAILED: ${line.replaceAll(/["'`]/g, "")}" >&2; exit 1; }`
    );
  const { code, stderr } = await new Deno.Command("bash", {
    args: ["--norc", "-c", `PATH="$PWD:$PATH"\n${script.join("\n")}`],
    cwd: folder.path,
    env: {
      XDG_CONFIG_HOME: `${folder.path}/config`,
      NSQ_CONTEXT: "",
      NSQ_NSQD: "",
      ...cluster.env,
    },
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stderr);
  equal(code, 0, text);
  deepEqual(await cluster.first.topics("invoices"), [], "the table ends where it began");
});
