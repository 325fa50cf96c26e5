import { type LatencySettings, LatencyWindow } from "../metrics/latency_window.ts";
import { Channel, type ChannelOwner } from "./channel.ts";
import type { Clock } from "./clock.ts";
import type { Consumer } from "./consumer.ts";
import type { BrokerContext } from "./context.ts";

/** A channel that notes how long each message took from being published to being finished. */
export class MeasuredChannel extends Channel {
  override readonly latency: LatencyWindow;
  readonly #clock: Clock;

  constructor(
    name: string,
    owner: ChannelOwner,
    context: BrokerContext,
    settings: LatencySettings,
  ) {
    super(name, owner, context);
    this.#clock = context.clock;
    this.latency = new LatencyWindow(settings, context.clock.update());
  }

  override finish(consumer: Consumer, bytes: Uint8Array, at: number): boolean {
    const clock = this.#clock;
    clock.stamp();
    const latencyNs = consumer.inFlight.ageNs(bytes, at, clock);
    if (!super.finish(consumer, bytes, at)) return false;
    // The machine's clock may have been set back since the message was published.
    this.latency.insert(Math.max(0, latencyNs), clock.nowMs);
    return true;
  }
}
