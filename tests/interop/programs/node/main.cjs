// Runs one job with nsqjs: a JSON object in the first argument says what to publish or to consume,
// JSON lines on stdout say what happened. tests/interop/job.ts describes both.
"use strict";

const { Buffer } = require("node:buffer");
const { readFileSync } = require("node:fs");
const process = require("node:process");
const { setImmediate } = require("node:timers");
const nsq = require("nsqjs");

const job = JSON.parse(process.argv[2]);
const [host, port] = job.address.split(":");

/** How often lookupds are asked for brokers. */
const LOOKUP_INTERVAL_S = 1;

const security = {
  tls: job.tlsCa !== undefined,
  tlsVerification: true,
  // nsqjs gives its options to tls.connect as they are.
  ...(job.tlsCa !== undefined && { ca: readFileSync(job.tlsCa), servername: "localhost" }),
  snappy: job.compression === "snappy",
  deflate: job.compression === "deflate",
};

function report(event) {
  process.stdout.write(JSON.stringify({ ...event, atMs: Date.now() }) + "\n");
}

function fail(error) {
  process.stderr.write(`${error.stack ?? error}\n`);
  process.exit(1);
}

function publish() {
  const bodies = job.bodies.map((body) => Buffer.from(body, "base64"));
  const writer = new nsq.Writer(host, Number(port), security);
  writer.on(nsq.Writer.ERROR, fail);
  writer.on(nsq.Writer.CLOSED, () => report({ event: "closed" }));
  writer.on(nsq.Writer.READY, () => {
    const batches = job.mode === "multi" ? [bodies] : bodies.map((body) => [body]);
    let answers = 0;
    const answered = (error) => {
      if (error) return fail(error);
      if (++answers < batches.length) return;
      report({ event: "published", count: bodies.length });
      writer.close();
    };
    for (const batch of batches) {
      if (job.mode === "deferred") writer.deferPublish(job.topic, batch, job.delayMs, answered);
      else writer.publish(job.topic, batch, answered);
    }
  });
  writer.connect();
}

function consume() {
  const reader = new nsq.Reader(job.topic, job.channel, {
    ...(job.lookupdHttpAddresses === undefined
      ? { nsqdTCPAddresses: [job.address] }
      : { lookupdHTTPAddresses: job.lookupdHttpAddresses }),
    lookupdPollInterval: LOOKUP_INTERVAL_S,
    maxInFlight: job.maxInFlight,
    messageTimeout: job.msgTimeoutMs,
    maxAttempts: job.maxAttempts,
    ...security,
  });
  let done = 0;
  let held = [];

  const describe = (message) => ({
    body: message.body.toString("base64"),
    attempts: message.attempts,
    id: message.id.toString(),
  });
  // nsqjs sends its answer on the next tick; closing must come after it.
  const countDone = () => {
    if (++done === job.expect) setImmediate(() => reader.close());
  };
  const finish = (message) => {
    message.finish();
    countDone();
  };
  const touch = (message, left) => {
    if (left === 0) return finish(message);
    setTimeout(() => {
      message.touch();
      touch(message, left - 1);
    }, job.msgTimeoutMs / 2);
  };
  const hold = (message) => {
    held.push(message);
    if (held.length < job.maxInFlight) return;
    report({ event: "held", count: held.length });
    const release = held;
    held = [];
    release.forEach(finish);
  };

  reader.on(nsq.Reader.ERROR, (error) => {
    // A broker that has just ended may still be on lookupd's list: with the next list it is gone.
    if (job.lookupdHttpAddresses !== undefined && error.code === "ECONNREFUSED") return;
    fail(error);
  });
  reader.on(nsq.Reader.NSQD_CLOSED, () => report({ event: "closed" }));
  reader.on(nsq.Reader.DISCARD, (message) => {
    report({ event: "discarded", ...describe(message) });
    countDone(); // nsqjs itself finishes a message that it discards
  });
  reader.on(nsq.Reader.MESSAGE, (message) => {
    report({ event: "message", ...describe(message) });
    const [instruction, argument] = message.body.toString().split("|")[0].split(":");
    if (instruction === "fail") return message.requeue(0, false);
    if (instruction === "requeue" && message.attempts === 1) {
      return message.requeue(Number(argument), false);
    }
    if (instruction === "touch") return touch(message, Number(argument));
    if (instruction === "hold") return hold(message);
    finish(message);
  });
  reader.connect();
}

if (job.action === "publish") publish();
else consume();
