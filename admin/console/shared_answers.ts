import type { Answer } from "../../lib/cluster/answer.ts";
import type { TopicStats } from "../../lib/cluster/stats.ts";

type Detail = Answer<TopicStats[]>;

/**
 * Answers to questions that only some pages have, such as for a channel's clients: asked once for
 * all viewers between two looks at the cluster.
 */
export class SharedAnswers {
  readonly #answers = new Map<string, Promise<Detail>>();
  #version = 0;

  /** @throws whatever `ask` throws, to all who wait for it */
  get(version: number, key: string, ask: () => Promise<Detail>): Promise<Detail> {
    if (version !== this.#version) this.#answers.clear();
    this.#version = version;
    let answer = this.#answers.get(key);
    if (answer === undefined) this.#answers.set(key, answer = ask());
    return answer;
  }
}
