"""Runs one job with pynsq: a JSON object in the first argument says what to publish or to
consume, JSON lines on stdout say what happened. tests/interop/job.ts describes both.
"""

import asyncio
import base64
import json
import logging
import ssl
import sys
import time

import nsq

LOOKUP_INTERVAL_S = 1


def report(event, **fields):
    print(json.dumps({"event": event, "atMs": int(time.time() * 1000), **fields}), flush=True)


def describe(message):
    return {
        "body": base64.b64encode(message.body).decode(),
        "attempts": message.attempts,
        "id": message.id.decode(),
    }


def security(job):
    """Options for TLS and compression as the job asks for them."""
    options = {
        "snappy": job.get("compression") == "snappy",
        "deflate": job.get("compression") == "deflate",
    }
    if "tlsCa" in job:
        options["tls_v1"] = True
        options["tls_options"] = {"ca_certs": job["tlsCa"], "cert_reqs": ssl.CERT_REQUIRED}
    return options


def source(job):
    """Options for the broker that the job names, or for the lookupds to ask for brokers."""
    if "lookupdHttpAddresses" not in job:
        return {"nsqd_tcp_addresses": [job["address"]]}
    return {
        "lookupd_http_addresses": job["lookupdHttpAddresses"],
        "lookupd_poll_interval": LOOKUP_INTERVAL_S,
    }


async def publish(job):
    bodies = [base64.b64decode(body) for body in job["bodies"]]
    loop = asyncio.get_running_loop()
    connected = loop.create_future()

    class Writer(nsq.Writer):
        def _on_connection_ready(self, conn, **kwargs):
            super()._on_connection_ready(conn, **kwargs)
            if not connected.done():
                connected.set_result(None)

    writer = Writer([job["address"]], **security(job))
    await connected

    async def call(method, *arguments):
        answer = loop.create_future()
        method(*arguments, callback=lambda conn, data: answer.set_result(data))
        data = await answer
        if data != b"OK":
            raise RuntimeError(f"publishing answered {data!r}")

    if job["mode"] == "multi":
        await call(writer.mpub, job["topic"], bodies)
    for body in bodies:
        if job["mode"] == "single":
            await call(writer.pub, job["topic"], body)
        elif job["mode"] == "deferred":
            await call(writer.dpub, job["topic"], job["delayMs"], body)
    report("published", count=len(bodies))
    for conn in list(writer.conns.values()):
        conn.close()


class Consumer:
    """Does with each message what the first word of its body asks for."""

    def __init__(self, job):
        self.job = job
        self.left = job["expect"]
        self.done = asyncio.get_running_loop().create_future()
        self.held = []

    def count_done(self):
        self.left -= 1
        if self.left == 0:
            self.done.set_result(None)

    def finish(self, message):
        message.finish()
        self.count_done()

    async def touch(self, message, times):
        for _ in range(times):
            await asyncio.sleep(self.job["msgTimeoutMs"] / 2000)
            message.touch()
        self.finish(message)

    def hold(self, message):
        self.held.append(message)
        if len(self.held) < self.job["maxInFlight"]:
            return
        report("held", count=len(self.held))
        release, self.held = self.held, []
        for message in release:
            self.finish(message)

    def handle(self, message):
        message.enable_async()
        report("message", **describe(message))
        instruction, _, argument = message.body.split(b"|")[0].partition(b":")
        if instruction == b"fail":
            message.requeue(backoff=False, time_ms=0)
        elif instruction == b"requeue" and message.attempts == 1:
            message.requeue(backoff=False, time_ms=int(argument))
        elif instruction == b"touch":
            self.touching = asyncio.ensure_future(self.touch(message, int(argument)))
        elif instruction == b"hold":
            self.hold(message)
        else:
            self.finish(message)


async def consume(job):
    consumer = Consumer(job)

    class Reader(nsq.Reader):
        def giving_up(self, message):
            report("discarded", **describe(message))
            # pynsq finishes the message after this call
            asyncio.get_running_loop().call_soon(consumer.count_done)

    reader = Reader(
        job["topic"],
        job["channel"],
        message_handler=consumer.handle,
        **source(job),
        max_in_flight=job["maxInFlight"],
        max_tries=job["maxAttempts"],
        msg_timeout=job["msgTimeoutMs"] / 1000,
        **security(job),
    )
    await consumer.done
    reader.close()


def main():
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    job = json.loads(sys.argv[1])
    asyncio.run(publish(job) if job["action"] == "publish" else consume(job))
    report("closed")


main()
