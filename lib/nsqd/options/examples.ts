/** One example for each group of flags, for the help text. A test sees to it that the flags exist. */

import type { Example } from "../../cli/flag_parser.ts";

export const NSQD_EXAMPLES: readonly Example[] = [
  {
    title: "General: options from a file, and only what an operator must know, as JSON",
    lines: [
      "echo 'mem_queue_size = 100000' > nsqd.toml",
      "nsq nsqd --config=nsqd.toml --log-level=warn --log-format=json",
    ],
  },
  {
    title: "Addresses: for this machine only; then on Unix sockets",
    lines: [
      "nsq nsqd --tcp-address=127.0.0.1:4150 --http-address=127.0.0.1:4151",
      "curl -d hello 'http://127.0.0.1:4151/pub?topic=test'",
      "nsq nsqd --tcp-address=/tmp/nsqd.sock --http-address=/tmp/nsqd-http.sock",
      "curl --unix-socket /tmp/nsqd-http.sock -d hello 'http://nsqd/pub?topic=test'",
    ],
  },
  {
    title: "Addresses: two threads for connections, where clients use TLS or compression",
    lines: ["nsq nsqd --io-threads=2"],
  },
  {
    title: "Cluster: consumers ask a lookupd who has a topic, and are told of this address",
    lines: [
      "nsq lookupd",
      "nsq nsqd --lookupd-tcp-address=127.0.0.1:4160 --broadcast-address=127.0.0.1",
      "curl 'http://127.0.0.1:4161/lookup?topic=test'",
    ],
  },
  {
    title: "Authorization: everybody may use the topic test, and no other, for an hour",
    lines: [
      `echo '{"ttl":3600,"authorizations":[{"topic":"^test$","channels":[".*"],` +
      `"permissions":["publish","subscribe"]}]}' > auth`,
      "python3 -m http.server --bind 127.0.0.1 8090",
      "nsq nsqd --auth-http-address=127.0.0.1:8090",
    ],
  },
  {
    title: "Storage: a folder for the queues, which starts to be used at 100000 messages",
    lines: ["nsq nsqd --data-path=/tmp --mem-queue-size=100000 --sync-every=1000"],
  },
  {
    title: "Durable topics: an OK means that the message is on the disk, and stays for a day",
    lines: ["nsq nsqd --durable='orders.*' --retain-age=24h"],
  },
  {
    title: "Messages: redelivered after 2 minutes without an answer, 10 MB at most",
    lines: ["nsq nsqd --msg-timeout=2m --max-msg-size=10485760 --max-body-size=20971520"],
  },
  {
    title: "Clients: 500 messages in flight for each, 10 consumers for a channel",
    lines: ["nsq nsqd --max-rdy-count=500 --max-channel-consumers=10"],
  },
  {
    title: "Statistics: to statsd every 10 s, with processing times of the last minute",
    lines: [
      "nsq nsqd --statsd-address=127.0.0.1:8125 --statsd-prefix=nsq.%s --statsd-interval=10s \\",
      "  --e2e-processing-latency-percentile=0.99,0.5 --e2e-processing-latency-window-time=1m",
    ],
  },
  {
    title: "Prometheus and probes need no flag",
    lines: [
      "curl 'http://127.0.0.1:4151/metrics'",
      "curl 'http://127.0.0.1:4151/health/ready'",
    ],
  },
  {
    title: "TLS: clients of the TCP port must use it, HTTP stays open, HTTPS is there too",
    lines: [
      "openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj /CN=localhost \\",
      "  -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE \\",
      "  -keyout key.pem -out cert.pem",
      "nsq nsqd --tls-cert=cert.pem --tls-key=key.pem --tls-required=tcp-https",
      "curl --cacert cert.pem -d hello 'https://localhost:4152/pub?topic=test'",
      "nsq topic ls --nsqd-http-address=https://localhost:4152 \\",
      "  --http-client-tls-root-ca-file=cert.pem",
    ],
  },
  {
    title: "Compression: snappy only; without flags clients choose snappy, deflate or neither",
    lines: ["nsq nsqd --deflate=false"],
  },
];
