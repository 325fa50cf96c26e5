/** What charts show of the past: what this console has kept, and what Prometheus has beyond that. */
import type { Logger } from "../../lib/log/logger.ts";
import type { HistoryView } from "./contract.ts";
import type { History, Subject } from "./history.ts";
import type { Prometheus } from "./prometheus.ts";
import { type WindowName, WINDOWS } from "./series.ts";

/** Up to this the console's own points are finer than those of Prometheus. */
const OWN: readonly WindowName[] = ["5m", "15m"];

export class Past {
  readonly #prometheus: Prometheus | null;
  readonly #logger: Logger;

  /** @param prometheus null for none */
  constructor(prometheus: Prometheus | null, logger: Logger) {
    this.#prometheus = prometheus;
    this.#logger = logger;
  }

  /**
   * Never throws: without Prometheus what the console has kept has to do, and the answer says so.
   */
  async view(
    history: History,
    subject: Subject,
    name: WindowName,
  ): Promise<HistoryView> {
    const own = history.view(subject, name);
    if (this.#prometheus === null || OWN.includes(name)) return own;
    try {
      return await this.#prometheus.view(subject, own, WINDOWS[name].count);
    } catch (error) {
      const { message } = error as Error;
      this.#logger.warn(`console: no history from Prometheus - ${message}`);
      return { ...own, note: `Prometheus: ${message}. This is what the console has kept itself.` };
    }
  }
}

/** The span of time that an address names; what makes no sense is the default. */
export function readWindow(query: URLSearchParams): WindowName {
  const name = query.get("range") ?? "";
  return Object.hasOwn(WINDOWS, name) ? name as WindowName : "15m";
}
