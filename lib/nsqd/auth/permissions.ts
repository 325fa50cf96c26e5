import type { AuthAnswer, Authorization } from "./answer.ts";
import type { Patterns } from "./patterns.ts";

/** Topics whose permission to publish is remembered, per connection. */
const MAX_REMEMBERED_TOPICS = 1000;

/** What one client may do. */
export class Permissions {
  readonly #publishable = new Map<string, boolean>();
  readonly #patterns: Patterns;

  /** @param expiresMs by the authorizer's clock */
  constructor(readonly answer: AuthAnswer, patterns: Patterns, readonly expiresMs: number) {
    this.#patterns = patterns;
  }

  mayPublish(topic: string): boolean {
    const known = this.#publishable.get(topic);
    if (known !== undefined) return known;
    const allowed = this.answer.authorizations.some((each) =>
      each.canPublish && this.#matches(each, topic, "")
    );
    if (this.#publishable.size >= MAX_REMEMBERED_TOPICS) this.#publishable.clear();
    this.#publishable.set(topic, allowed);
    return allowed;
  }

  maySubscribe(topic: string, channel: string): boolean {
    return this.answer.authorizations.some((each) =>
      each.canSubscribe && this.#matches(each, topic, channel)
    );
  }

  /** Whether there may be a channel of the topic that can be subscribed to. */
  maySubscribeAny(topic: string): boolean {
    return this.answer.authorizations.some((each) =>
      each.canSubscribe && each.channels.length > 0 && this.#patterns.get(each.topic).test(topic)
    );
  }

  #matches({ topic, channels }: Authorization, topicName: string, channel: string): boolean {
    return this.#patterns.get(topic).test(topicName) &&
      channels.some((pattern) => this.#patterns.get(pattern).test(channel));
  }
}
