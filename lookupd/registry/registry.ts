import { isEphemeralName } from "../../lib/wire/names.ts";
import { Channel, type Peer, Producer, Topic } from "./model.ts";

/** In place of a topic's name in a query: all topics, as in the reference. */
const ANY_TOPIC = "*";

/** What a peer has said, or taken back: that it is there, has a topic, or has a channel. */
export interface Registration {
  readonly category: "client" | "topic" | "channel";
  /** Name of the topic; "" for a client. */
  readonly key: string;
  /** Name of the channel; "" for a client or a topic. */
  readonly subkey: string;
}

export const CLIENT: Registration = { category: "client", key: "", subkey: "" };

/**
 * Who has which topics and channels. Indexed by topic and by peer: no query looks at more than it
 * gives back.
 *
 * A name stays known when its last peer takes it back or goes away, so that consumers and operators
 * see the same topics while an nsqd restarts. An ephemeral name goes with its last peer.
 */
export class Registry {
  readonly #topics = new Map<string, Topic>();
  readonly #peers = new Set<Peer>();
  #registrations = 0;

  /** Peers, in the order in which they came. */
  get peers(): ReadonlySet<Peer> {
    return this.#peers;
  }

  /** How many pairs of a peer and one of its topics or channels there are. */
  get registrationCount(): number {
    return this.#registrations;
  }

  get topicCount(): number {
    return this.#topics.size;
  }

  /** Makes a peer known. It has no topics yet. */
  addPeer(peer: Peer): void {
    this.#peers.add(peer);
  }

  /** Forgets a peer. @returns what it had */
  removePeer(peer: Peer): Registration[] {
    if (!this.#peers.delete(peer)) return [];
    const removed = [CLIENT];
    for (const channel of peer.channels) {
      this.#leaveChannel(peer, channel);
      removed.push(registrationOf(channel));
    }
    for (const topic of peer.topics.keys()) {
      this.#leaveTopic(peer, topic);
      removed.push(registrationOf(topic));
    }
    return removed;
  }

  /** A peer has a topic and, unless that is empty, a channel of it. @returns what is new */
  register(peer: Peer, topicName: string, channelName: string): Registration[] {
    const added: Registration[] = [];
    const topic = this.createTopic(topicName);
    if (channelName !== "") {
      const channel = this.createChannel(topicName, channelName);
      if (!channel.peers.has(peer)) {
        channel.peers.add(peer);
        peer.channels.add(channel);
        added.push(registrationOf(channel));
      }
    }
    if (!topic.producers.has(peer)) {
      const producer = new Producer(peer);
      topic.producers.set(peer, producer);
      peer.topics.set(topic, producer);
      added.push(registrationOf(topic));
    }
    this.#registrations += added.length;
    return added;
  }

  /** A peer no longer has a channel. @returns what it had of it */
  unregisterChannel(peer: Peer, topicName: string, channelName: string): Registration[] {
    const channel = this.#topics.get(topicName)?.channels.get(channelName);
    if (channel === undefined) return [];
    const had = this.#leaveChannel(peer, channel);
    return had ? [registrationOf(channel)] : [];
  }

  /** A peer no longer has a topic, nor any channel of it. @returns what it had, channels first */
  unregisterTopic(peer: Peer, topicName: string): Registration[] {
    const topic = this.#topics.get(topicName);
    if (topic === undefined) return [];
    const removed: Registration[] = [];
    for (const channel of topic.channels.values()) {
      if (this.#leaveChannel(peer, channel)) removed.push(registrationOf(channel));
    }
    if (this.#leaveTopic(peer, topic)) removed.push(registrationOf(topic));
    return removed;
  }

  /** The topic of that name, made known if need be. */
  createTopic(name: string): Topic {
    let topic = this.#topics.get(name);
    if (topic === undefined) this.#topics.set(name, topic = new Topic(name));
    return topic;
  }

  /** The channel of that name, made known if need be, with its topic. */
  createChannel(topicName: string, name: string): Channel {
    const topic = this.createTopic(topicName);
    let channel = topic.channels.get(name);
    if (channel === undefined) topic.channels.set(name, channel = new Channel(topic, name));
    return channel;
  }

  /** Forgets a topic with its channels, whoever has it. A peer that has it stays known. */
  deleteTopic(topic: Topic): void {
    for (const channel of topic.channels.values()) this.#forgetChannel(channel);
    for (const peer of topic.producers.keys()) peer.topics.delete(topic);
    this.#registrations -= topic.producers.size;
    topic.producers.clear();
    this.#topics.delete(topic.name);
  }

  /** Forgets a channel, whoever has it. False when there is none of that name. */
  deleteChannel(topicName: string, name: string): boolean {
    const channel = this.#topics.get(topicName)?.channels.get(name);
    if (channel === undefined) return false;
    this.#forgetChannel(channel);
    return true;
  }

  /** The topic of that name, or all of them for {@link ANY_TOPIC}; a list that stays as it is. */
  find(topicName: string): Topic[] {
    if (topicName === ANY_TOPIC) return [...this.#topics.values()];
    const topic = this.#topics.get(topicName);
    return topic === undefined ? [] : [topic];
  }

  /** Names of all topics. */
  topicNames(): string[] {
    return [...this.#topics.keys()];
  }

  #leaveTopic(peer: Peer, topic: Topic): boolean {
    const had = topic.producers.delete(peer);
    peer.topics.delete(topic);
    if (had) this.#registrations--;
    if (topic.producers.size === 0 && isEphemeralName(topic.name)) this.deleteTopic(topic);
    return had;
  }

  #leaveChannel(peer: Peer, channel: Channel): boolean {
    const had = channel.peers.delete(peer);
    peer.channels.delete(channel);
    if (had) this.#registrations--;
    if (channel.peers.size === 0 && isEphemeralName(channel.name)) this.#forgetChannel(channel);
    return had;
  }

  #forgetChannel(channel: Channel): void {
    for (const peer of channel.peers) peer.channels.delete(channel);
    this.#registrations -= channel.peers.size;
    channel.peers.clear();
    channel.topic.channels.delete(channel.name);
  }
}

function registrationOf(named: Topic | Channel): Registration {
  if (named instanceof Topic) return { category: "topic", key: named.name, subkey: "" };
  return { category: "channel", key: named.topic.name, subkey: named.name };
}
