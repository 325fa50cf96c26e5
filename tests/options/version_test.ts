/** What programs say of their version: test harnesses and scripts of others read it. */
import { equal, match } from "../harness/assert.ts";
import { startLookupd } from "../harness/lookupd.ts";
import { startNsqd } from "../harness/nsqd.ts";
import { isReference } from "../harness/target.ts";
import { runTool } from "../harness/tool.ts";

const DAEMONS = ["nsqd", "nsqlookupd", "nsqadmin"];
const TOOLS = ["nsq_tail", "nsq_to_file", "nsq_to_http", "nsq_to_nsq", "nsq_stat"];

Deno.test("--version has the reference's form", async () => {
  for (const name of [...DAEMONS, ...TOOLS]) {
    const { code, stdout } = await runTool(name, ["--version"]);
    equal(code, 0);
    const built = DAEMONS.includes(name) ? " \\(built w/[a-z0-9.-]+\\)" : "";
    match(stdout, new RegExp(`^${name} v1\\.3\\.0${built}\n$`));
  }
});

Deno.test({
  name: "the version of the program itself is in /info, beside what is there",
  ignore: isReference,
  async fn() {
    await using nsqd = await startNsqd();
    await using lookupd = await startLookupd();
    for (const daemon of [nsqd, lookupd]) {
      const info = await (await daemon.http("/info")).json();
      equal(info.version, "1.3.0");
      match(info.nsq_ts_version, /^\d+\.\d+\.\d+$/);
    }
    equal(
      nsqd.logLines[0]?.replace(/.*INFO: /, ""),
      `nsqd v1.3.0 (built w/deno${Deno.version.deno})`,
    );
  },
});
