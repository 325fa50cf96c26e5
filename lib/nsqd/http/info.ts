import type { HttpApi } from "../../http/api.ts";
import { HttpError } from "../../http/http_error.ts";
import { durationToNanoseconds } from "../../go/duration.ts";
import { NSQ_VERSION, PROJECT_VERSION } from "../../version.ts";
import type { NsqdHost } from "./host.ts";

/** `/ping` and `/info`. */
export function addInfoRoutes(api: HttpApi, host: NsqdHost): void {
  api.route("GET", "/ping", () => {
    const health = host.broker.health();
    if (health !== "OK") throw new HttpError(500, health);
    return health;
  }, { plainText: true });

  api.route("GET", "/info", () => {
    const { options } = host;
    const drain = host.drain.state();
    return {
      version: NSQ_VERSION,
      broadcast_address: options.broadcastAddress,
      hostname: Deno.hostname(),
      http_port: host.httpPort(),
      tcp_port: host.tcpPort(),
      start_time: Math.floor(host.startTime.getTime() / 1000),
      max_heartbeat_interval: durationToNanoseconds(options.maxHeartbeatIntervalMs),
      max_output_buffer_size: options.maxOutputBufferSizeBytes,
      max_output_buffer_timeout: durationToNanoseconds(options.maxOutputBufferTimeoutMs),
      max_deflate_level: options.maxDeflateLevel,
      topology_zone: options.topologyZone,
      topology_region: options.topologyRegion,
      nsq_ts_version: PROJECT_VERSION,
      io_threads: host.ioThreads().length,
      state: drain === null ? "running" : "draining",
      ...(drain !== null && { drain }),
    };
  });
}
