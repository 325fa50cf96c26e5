import assert from "node:assert/strict";
import { findContenders, ourTool } from "./contender.ts";
import { parseOptions } from "./options.ts";

Deno.test("ourTool is a subcommand beside nsqd", () => {
  const broker = { side: "ours" as const, argv: ["dist/nsq", "nsqd"], cwd: "/" };
  assert.deepEqual(ourTool(broker, "to-file"), { argv: ["dist/nsq", "to-file"], cwd: "/" });
  assert.throws(() => ourTool({ ...broker, argv: ["bin/nsqd"] }, "tail"), /nsqd has no tools/);
});

Deno.test("findContenders has tools of both sides work with our broker", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/nsq_tail`, "");
    const options = parseOptions(["--tools-reference", folder]);
    const { tool } = await findContenders(options, new Set(["tool"]));
    assert.deepEqual(tool.map(({ side }) => side), ["ours", "reference"]);
    assert.deepEqual(tool[0]?.broker, tool[1]?.broker);
    assert.match(tool[0]!.tool!("to-nsq").argv.slice(-2).join(" "), /main\.ts to-nsq$/);
    assert.deepEqual(tool[1]?.tool?.("to-nsq").argv, [`${folder}/nsq_to_nsq`]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("findContenders refuses a folder without the tools", async () => {
  const options = parseOptions(["--tools-reference", "no/such/folder"]);
  await assert.rejects(findContenders(options, new Set(["tool"])), /no executable at .*nsq_tail/);
});
