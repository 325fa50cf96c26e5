// Does a job with nsqjs; see job.ts. NODE_PATH names the folder that it is installed in.
"use strict";

const { Buffer } = require("node:buffer");
const { performance } = require("node:perf_hooks");
const process = require("node:process");
const { setImmediate } = require("node:timers");
const nsq = require("nsqjs");

const { action, address, topic, channel, warmUp, count, size, concurrency, maxInFlight } = JSON
  .parse(process.argv[2]);
const [host, port] = address.split(":");

function fail(error) {
  process.stderr.write(`${error.stack ?? error}\n`);
  process.exit(1);
}

function report(startMs, endMs) {
  console.log(JSON.stringify({ count, seconds: (endMs - startMs) / 1000 }));
}

function consume() {
  const reader = new nsq.Reader(topic, channel, { nsqdTCPAddresses: [address], maxInFlight });
  let left = warmUp + count;
  let bytes = 0;
  let startMs = 0;
  reader.on(nsq.Reader.ERROR, fail);
  reader.on(nsq.Reader.MESSAGE, (message) => {
    bytes += message.body.length;
    message.finish();
    left--;
    if (left === count) startMs = performance.now();
    if (left > 0) return;
    if (bytes === 0) fail(new Error("the messages were empty"));
    report(startMs, performance.now());
    // Its answer is sent on the next tick; closing must come after it.
    setImmediate(() => reader.close());
  });
  reader.connect();
}

/** `concurrency` chains, each with one publish at a time. */
function publish(writer, body, messages, done) {
  let toSend = messages;
  let unanswered = messages;
  const answered = (error) => {
    if (error) fail(error);
    if (--unanswered === 0) return done();
    next();
  };
  const next = () => {
    if (toSend-- > 0) writer.publish(topic, body, answered);
  };
  for (let i = 0; i < concurrency; i++) next();
}

function produce() {
  const body = Buffer.alloc(size, "a");
  const writer = new nsq.Writer(host, Number(port));
  writer.on(nsq.Writer.ERROR, fail);
  writer.on(nsq.Writer.READY, () =>
    publish(writer, body, warmUp, () => {
      const startMs = performance.now();
      publish(writer, body, count, () => {
        report(startMs, performance.now());
        writer.close();
      });
    }));
  writer.connect();
}

if (action === "consume") consume();
else produce();
