/** docs/http-api.md: every call is there, and every example is true. */
import { deepEqual, equal, ok } from "../harness/assert.ts";
import { betterThanReference, type Nsqd, startNsqd, withDeadline } from "../harness/mod.ts";
import { projectFolder } from "../harness/target.ts";
import { Answers, type Example, examplesIn } from "./examples.ts";

const DOCUMENT = await Deno.readTextFile(`${projectFolder}/docs/http-api.md`);

/** The first line that is not empty of an answer that goes on. */
async function firstLine(response: Response): Promise<string> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!/\S.*\n/.test(text)) text += (await reader.read()).value ?? "";
  await reader.cancel();
  return text.trim().split("\n")[0]!;
}

async function run(nsqd: Nsqd, example: Example, answers: Answers): Promise<string> {
  const { url, method, headers, body, isStream } = example;
  const path = answers.withReal(url.pathname + url.search);
  const response = await nsqd.http(path, { method, headers, ...(body !== null && { body }) });
  const text = isStream ? await firstLine(response) : await response.text();
  if (response.status !== 200) return `${response.status} ${text}`;
  if (!example.isJson) return answers.compareText(example.expected, text);
  return answers.compareJson(JSON.parse(example.expected), JSON.parse(text));
}

betterThanReference(
  "each example of the HTTP API answers what the documentation says",
  async () => {
    const examples = examplesIn(DOCUMENT);
    ok(examples.length > 40, `only ${examples.length} examples were found`);
    await using nsqd = await startNsqd({ flags: ["--durable=audit.*", "--retain-age=1h"] });
    const answers = new Answers();
    for (const example of examples) {
      const wrong = await withDeadline(run(nsqd, example, answers), 10_000, example.url.href);
      equal(wrong, "", `${example.method} ${example.url.pathname}${example.url.search}`);
    }
  },
);

Deno.test("the documentation of the HTTP API has a line and an example for every call", async () => {
  const called = new Set(
    examplesIn(DOCUMENT).map(({ method, url }) => `${method} ${url.pathname}`),
  );
  const missing: string[] = [];
  for (const route of await routes()) {
    const [method = "", path = ""] = route.split(" ");
    const isNamed = DOCUMENT.includes(path.replace(/\/$/, ""));
    const pattern = new RegExp(`^${method} ${path.replace(/:\w+/, "[^/]+")}$`);
    const isCalled = [...called].some((each) => pattern.test(each));
    if (!isNamed || !(isCalled || WITHOUT_EXAMPLE.has(route))) missing.push(route);
  }
  deepEqual(missing, []);
});

/** Old names, files, and pages for people. */
const WITHOUT_EXAMPLE = new Set([
  "POST /put",
  "POST /mput",
  "GET /debug/pprof/",
  "GET /debug/pprof/cmdline",
  "GET /debug/pprof/heap",
  "PUT /debug/setblockrate",
]);

/** Every route of the sources: `GET /stats`. */
async function routes(): Promise<string[]> {
  const folder = `${projectFolder}/lib/nsqd/http`;
  const files = [`${projectFolder}/lib/http/debug.ts`, `${projectFolder}/lib/http/health.ts`];
  for await (const { name } of Deno.readDir(folder)) {
    if (/\.ts$/.test(name) && !/_test\.ts$/.test(name)) files.push(`${folder}/${name}`);
  }
  const found: string[] = [];
  for (const file of files) {
    const source = await Deno.readTextFile(file);
    for (const [, method, path] of source.matchAll(/\broute\(\s*"(\w+)",\s*"([^"]+)"/g)) {
      found.push(`${method} ${path}`);
    }
    // Those that a file adds in a loop, by name: `add("finish", …)` below `/message/${name}`.
    const prefix = /\broute\(\s*"(\w+)",\s*`([^$`]*)\$\{name\}`/.exec(source);
    if (prefix !== null) {
      for (const [, name] of source.matchAll(/\badd\("(\w+)"/g)) {
        found.push(`${prefix[1]} ${prefix[2]}${name}`);
      }
    }
    for (const [, path, old] of source.matchAll(/\badd\("(\/\w+)", "(\/\w+)"/g)) {
      found.push(`POST ${path}`, `POST ${old}`);
    }
  }
  ok(found.length > 40, `only ${found.length} routes were found`);
  return found;
}
