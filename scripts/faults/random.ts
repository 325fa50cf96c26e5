/** Random numbers from a seed, so that a failed run can be repeated. */

/** A stream of random numbers; two with the same seed and name give the same numbers. */
export class Random {
  #state: number;

  constructor(readonly seed: number, readonly name: string) {
    let hash = seed | 0;
    for (const character of name) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
    this.#state = hash;
  }

  /** An independent stream, for one part of the work. */
  derive(name: string | number): Random {
    return new Random(this.seed, `${this.name}/${name}`);
  }

  /** A number in [0, 1): the generator mulberry32. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number in [0, limit). */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  /** A whole number in [from, to]. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1);
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** One of the values. @throws {RangeError} when there is none. */
  pick<T>(values: readonly T[]): T {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new RangeError("nothing to pick from");
    return value;
  }

  /** All of the values, in random order. */
  shuffle<T>(values: readonly T[]): T[] {
    const left = [...values];
    return values.map(() => left.splice(this.below(left.length), 1)[0]!);
  }

  bytes(count: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(count).map(() => this.below(256));
  }
}
