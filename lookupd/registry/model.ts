/** What the registry is made of. Only the registry changes who has what. */

/** What a peer says of itself in IDENTIFY, with the address that its connection comes from. */
export interface PeerInfo {
  /** `host:port` of the connection: no two peers have the same. */
  readonly remote_address: string;
  readonly hostname: string;
  readonly broadcast_address: string;
  readonly tcp_port: number;
  readonly http_port: number;
  readonly version: string;
  readonly topology_zone: string;
  readonly topology_region: string;
}

/** One connected and identified nsqd, with what it has registered. */
export class Peer {
  readonly topics = new Map<Topic, Producer>();
  readonly channels = new Set<Channel>();

  /** @param heardOfMs when it last identified itself or pinged, on a clock that does not go back */
  constructor(readonly info: PeerInfo, public heardOfMs: number) {}

  /** The name under which operators know it: `broadcast address:HTTP port`. */
  get node(): string {
    return `${this.info.broadcast_address}:${this.info.http_port}`;
  }

  /** Whether it has been heard of lately. */
  isActive(nowMs: number, inactiveTimeoutMs: number): boolean {
    return nowMs - this.heardOfMs <= inactiveTimeoutMs;
  }
}

/** A peer as producer of one topic. */
export class Producer {
  /** When an operator has hidden it, null if nobody has. It stays set when the tombstone expires. */
  tombstonedAtMs: number | null = null;

  constructor(readonly peer: Peer) {}

  /** Whether it is hidden now. */
  isTombstoned(nowMs: number, lifetimeMs: number): boolean {
    return this.tombstonedAtMs !== null && nowMs - this.tombstonedAtMs < lifetimeMs;
  }
}

/** A topic that is known by name, whether or not anybody produces it. */
export class Topic {
  readonly producers = new Map<Peer, Producer>();
  readonly channels = new Map<string, Channel>();

  constructor(readonly name: string) {}
}

/** A channel of a topic, and the peers that have it. */
export class Channel {
  readonly peers = new Set<Peer>();

  constructor(readonly topic: Topic, readonly name: string) {}
}
