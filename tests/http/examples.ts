/** Examples of the documentation: commands with curl, and what they answer. */

/** A request as an example makes it. */
export interface Example {
  /** The heading that it stands below. */
  heading: string;
  method: string;
  url: URL;
  headers: Record<string, string>;
  body: string | null;
  /** What the answer is, in the document's words; "" for none. */
  expected: string;
  isJson: boolean;
  /** The answer never ends: only its first message counts. */
  isStream: boolean;
}

/** What stands in an example's answer where anything may stand. */
const ANYTHING = "…";

/** Values that are others each time: a literal in the document stands for the same real one everywhere. */
const NAMES_OF_CHANGING = new Set([
  "id",
  "lease",
  "published",
  "due",
  "first_delivery",
  "last_delivery",
]);

/** All examples of a document in Markdown, in order: blocks of `sh`, each perhaps with one of `text` or `json` behind it. */
export function examplesIn(markdown: string): Example[] {
  const examples: Example[] = [];
  let heading = "";
  const parts = markdown.matchAll(/^### (.*)$|^```(sh|text|json)\n([^]*?)^```$/gm);
  for (const [, title, language, content = ""] of parts) {
    if (title !== undefined) heading = title;
    else if (language === "sh") examples.push(parseCurl(heading, content.trim()));
    else {
      const example = examples.at(-1)!;
      example.expected = content.trim();
      example.isJson = language === "json";
    }
  }
  return examples;
}

function parseCurl(heading: string, command: string): Example {
  const [program, ...words] = wordsOf(command);
  if (program !== "curl") throw new Error(`no example with curl: ${command}`);
  const example: Example = {
    heading,
    method: "GET",
    url: new URL("http://none/"),
    headers: {},
    body: null,
    expected: "",
    isJson: false,
    isStream: false,
  };
  for (let word; (word = words.shift()) !== undefined;) {
    if (word === "-X") example.method = words.shift()!;
    else if (word === "-N") example.isStream = true;
    else if (word === "-H") {
      const [name = "", value = ""] = words.shift()!.split(": ");
      example.headers[name] = value;
    } else if (word === "-d" || word === "--data-binary") {
      example.body = words.shift()!;
      if (example.method === "GET") example.method = "POST";
    } else example.url = new URL(word);
  }
  return example;
}

/** The words of a shell command, as far as examples go: plain ones, `'…'` and `$'…'`. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/\$'([^']*)'|'([^']*)'|(\S+)/g)].map(([, escaped, quoted, plain]) =>
    escaped?.replaceAll("\\n", "\n") ?? quoted ?? plain!
  );
}

/** Compares answers with what a document says, and knows which real value each changing literal stands for. */
export class Answers {
  readonly #real = new Map<string, string>();

  /** A text of the document with the values that are real this time. */
  withReal(text: string): string {
    for (const [literal, real] of this.#real) text = text.replaceAll(literal, real);
    return text;
  }

  /** @returns what is wrong; "" if nothing is */
  compareText(expected: string, actual: string): string {
    const pattern = expected.split(ANYTHING).map(RegExp.escape).join("[^]*");
    return new RegExp(`^${pattern}$`).test(actual.trim()) ? "" : `${actual} is not ${expected}`;
  }

  /** @returns what is wrong; "" if nothing is */
  compareJson(expected: unknown, actual: unknown, name = "answer"): string {
    if (NAMES_OF_CHANGING.has(name) && typeof expected === "string") {
      if (typeof actual !== "string") return `${name} is no text`;
      this.#real.set(expected, actual);
      return "";
    }
    if (expected === null || typeof expected !== "object") {
      const isAlike = typeof expected === "number" && name === "rss"
        ? typeof actual === "number"
        : expected === actual;
      return isAlike ? "" : `${name} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`;
    }
    if (actual === null || typeof actual !== "object") return `${name} is ${actual}`;
    const given = actual as Record<string, unknown>;
    const isOpen = ANYTHING in expected || name === "nodes";
    for (const [key, value] of Object.entries(expected)) {
      if (key === ANYTHING) continue;
      const wrong = this.compareJson(value, given[key], Array.isArray(expected) ? name : key);
      if (wrong !== "") return wrong;
    }
    const more = Object.keys(given).filter((key) => !(key in expected));
    return isOpen || more.length === 0 ? "" : `${name} has ${more.join(", ")} too`;
  }
}
