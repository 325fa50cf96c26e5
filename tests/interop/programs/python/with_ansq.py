"""Runs one job with ansq: a JSON object in the first argument says what to publish or to
consume, JSON lines on stdout say what happened. tests/interop/job.ts describes both.

ansq has no limit of attempts of its own, so this program gives up where the job says so.
"""

import asyncio
import base64
import json
import sys
import time

import ansq


def report(event, **fields):
    print(json.dumps({"event": event, "atMs": int(time.time() * 1000), **fields}), flush=True)


def describe(message):
    return {
        "body": base64.b64encode(message.body).decode(),
        "attempts": message.attempts,
        "id": message.id.decode() if isinstance(message.id, bytes) else message.id,
    }


async def connect(job, **features):
    host, port = job["address"].split(":")
    options = ansq.ConnectionOptions(
        auto_reconnect=False, features=ansq.ConnectionFeatures(**features)
    )
    return await ansq.open_connection(host, int(port), connection_options=options)


def check(answer):
    if answer is None or not answer.is_ok:
        raise RuntimeError(f"publishing answered {answer!r}")


async def publish(job):
    bodies = [base64.b64decode(body) for body in job["bodies"]]
    connection = await connect(job)
    if job["mode"] == "multi":
        check(await connection.mpub(job["topic"], *bodies))
    for body in bodies:
        if job["mode"] == "single":
            check(await connection.pub(job["topic"], body))
        elif job["mode"] == "deferred":
            check(await connection.dpub(job["topic"], body, job["delayMs"]))
    report("published", count=len(bodies))
    await connection.close()


async def touch_and_finish(job, message, times):
    for _ in range(times):
        await asyncio.sleep(job["msgTimeoutMs"] / 2000)
        await message.touch()
    await message.fin()


async def consume(job):
    connection = await connect(job, msg_timeout=job["msgTimeoutMs"])
    await connection.subscribe(job["topic"], job["channel"], job["maxInFlight"])
    left = job["expect"]
    held = []
    async for message in connection.messages():
        instruction, _, argument = message.body.split(b"|")[0].partition(b":")
        if instruction == b"fail" and message.attempts > job["maxAttempts"]:
            report("discarded", **describe(message))
            await message.fin()
            left -= 1
        else:
            report("message", **describe(message))
            if instruction == b"fail":
                await message.req(0)
            elif instruction == b"requeue" and message.attempts == 1:
                await message.req(int(argument))
            elif instruction == b"touch":
                await touch_and_finish(job, message, int(argument))
                left -= 1
            elif instruction == b"hold":
                held.append(message)
                if len(held) == job["maxInFlight"]:
                    report("held", count=len(held))
                    for each in held:
                        await each.fin()
                    left -= len(held)
                    held = []
            else:
                await message.fin()
                left -= 1
        if left == 0:
            break
    await connection.close()


def main():
    job = json.loads(sys.argv[1])
    asyncio.run(publish(job) if job["action"] == "publish" else consume(job))
    report("closed")


main()
