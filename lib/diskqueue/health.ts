/** Remembers what fails, and reports: every failure, and the moment at which nothing fails any more. */
export class Health {
  readonly #report: (error: Error | null) => void;
  readonly #failing = new Set<"write" | "sync">();

  constructor(report: (error: Error | null) => void) {
    this.#report = report;
  }

  isFailing(kind: "write" | "sync"): boolean {
    return this.#failing.has(kind);
  }

  failed(kind: "write" | "sync", error: Error): void {
    this.#failing.add(kind);
    this.#report(error);
  }

  succeeded(kind: "write" | "sync"): void {
    if (this.#failing.delete(kind) && this.#failing.size === 0) this.#report(null);
  }
}
