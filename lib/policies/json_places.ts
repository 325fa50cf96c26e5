/** A key of an object or a position in an array. */
type Step = string | number;

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g;

/** Where the parts of a JSON text stand in it, so that an error can name a line. */
export class JsonPlaces {
  readonly #text: string;
  readonly #offsets = new Map<string, number>();
  readonly #tokens: { text: string; offset: number }[];
  #next = 0;

  /** @param text valid JSON */
  constructor(text: string) {
    this.#text = text;
    this.#tokens = [...text.matchAll(TOKENS)].map((match) => ({
      text: match[0],
      offset: match.index,
    }));
    this.#value([], this.#tokens[0]?.offset ?? 0);
  }

  /** The line, from 1, where what stands at `path` begins, with its key; of what is around it if there is none. */
  lineOf(path: readonly Step[]): number {
    for (let length = path.length; length >= 0; length--) {
      const offset = this.#offsets.get(JSON.stringify(path.slice(0, length)));
      if (offset !== undefined) return lineAt(this.#text, offset);
    }
    return 1;
  }

  /** @param offset where it begins, with its key */
  #value(path: readonly Step[], offset: number): void {
    this.#offsets.set(JSON.stringify(path), offset);
    const first = this.#tokens[this.#next++]?.text;
    if (first === "{") {
      while (this.#peek() !== "}") {
        const key = this.#tokens[this.#next]!;
        this.#next += 2; // with its colon
        this.#value([...path, JSON.parse(key.text)], key.offset);
        if (this.#peek() === ",") this.#next++;
      }
      this.#next++;
    } else if (first === "[") {
      for (let position = 0; this.#peek() !== "]"; position++) {
        this.#value([...path, position], this.#tokens[this.#next]!.offset);
        if (this.#peek() === ",") this.#next++;
      }
      this.#next++;
    }
  }

  #peek(): string {
    return this.#tokens[this.#next]!.text;
  }
}

/** The line, from 1, of an offset. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}
