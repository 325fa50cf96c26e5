/** docs/configuration.md has every flag of every daemon, as the daemons have it. */
import { equal } from "../harness/assert.ts";
import { projectFolder } from "../harness/mod.ts";
import { configurationPage } from "../../scripts/configuration_page.ts";

/** Without what the formatter chooses: where lines end. */
const flat = (text: string) => text.replaceAll(/\s+/g, " ").trim();

Deno.test("docs/configuration.md is what `deno task configuration` makes of the option tables", async () => {
  const page = await Deno.readTextFile(`${projectFolder}/docs/configuration.md`);
  equal(flat(page), flat(configurationPage(page)), "call deno task configuration");
});
