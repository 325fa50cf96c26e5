/** A broker, a lookupd and a console that have something of everything to tell on `/metrics`. */
import parsePrometheus from "parse-prometheus-text-format";
import {
  type Admin,
  Client,
  eventually,
  type Lookupd,
  type Nsqd,
  startAdmin,
  startLookupd,
  startNsqd,
} from "../harness/mod.ts";
import { equal, ok } from "../harness/assert.ts";

/** All figures of one name. */
export interface Family {
  name: string;
  type: string;
  help: string;
  metrics: { value: string; labels?: Record<string, string> }[];
}

/** What is scraped, by the name of its job. */
export type Job = "nsqd" | "nsqlookupd" | "nsqadmin";

/** One daemon of each kind. */
export class WatchedCluster {
  private constructor(
    readonly lookupd: Lookupd,
    readonly nsqd: Nsqd,
    readonly admin: Admin,
    readonly client: Client,
  ) {}

  /** Starts them, and has messages published, delivered, finished and given up. */
  static async start(): Promise<WatchedCluster> {
    const lookupd = await startLookupd();
    const nsqd = await startNsqd({
      flags: [
        `--lookupd-tcp-address=127.0.0.1:${lookupd.tcpPort}`,
        "--broadcast-address=127.0.0.1",
        "--durable=durable.*",
        "--e2e-processing-latency-percentile=0.99",
        "--io-threads=1",
      ],
    });
    await nsqd.create("lonely", "nobody");
    await nsqd.post("/pub?topic=lonely", "for the console to complain of");
    const admin = await startAdmin({
      flags: [`--lookupd-http-address=127.0.0.1:${lookupd.httpPort}`],
    });
    const client = await Client.connect(nsqd.tcpPort);
    await nsqd.create("durable.orders", "mail");
    await client.subscribe("durable.orders", "mail");
    const cluster = new WatchedCluster(lookupd, nsqd, admin, client);
    await cluster.work();
    await eventually(async () => { // the console has looked, and the disk has answered
      const problems = (await cluster.scrape("nsqadmin")).find(({ name }) =>
        name === "nsqadmin_problems"
      );
      ok(problems !== undefined && problems.metrics.length > 0);
      ok((await cluster.scrape("nsqd")).some(({ name }) => name === "nsqd_disk_free_bytes"));
    });
    return cluster;
  }

  /** A message is published and finished. */
  async work(): Promise<void> {
    await this.nsqd.post("/pub?topic=durable.orders&key=one", "hello");
    await this.nsqd.post("/pub?topic=durable.orders", "hello");
    await this.client.ready(2);
    const [message] = await this.client.nextMessages(1);
    await this.client.finish(message!.id);
  }

  /** Where each is scraped, host and port. */
  targets(): Record<Job, string> {
    const at = ({ httpPort }: { httpPort: number }) => `127.0.0.1:${httpPort}`;
    return { nsqd: at(this.nsqd), nsqlookupd: at(this.lookupd), nsqadmin: at(this.admin) };
  }

  async scrape(job: Job): Promise<Family[]> {
    const response = await fetch(`http://${this.targets()[job]}/metrics`);
    const text = await response.text();
    equal(response.status, 200, text);
    return parsePrometheus(text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client[Symbol.dispose]();
    await this.admin[Symbol.asyncDispose]();
    await this.nsqd[Symbol.asyncDispose]();
    await this.lookupd[Symbol.asyncDispose]();
  }
}
