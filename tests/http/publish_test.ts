import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import {
  Client,
  concat,
  int32,
  messageBatch,
  nsqdSuite,
  sized,
  topicName,
} from "../harness/mod.ts";
import { answer, refusal } from "./answer.ts";

const MAX_MSG_BYTES = 1024 * 1024;
const MAX_BODY_BYTES = 5 * MAX_MSG_BYTES;

/** A body that is sent in chunks, without a Content-Length. */
function chunked(text: string): ReadableStream<Uint8Array> {
  return new Blob([text]).stream();
}

nsqdSuite([], (test) => {
  test("/pub hands the body to a consumer", async (nsqd) => {
    const topic = topicName();
    equal(await answer(nsqd, "POST", `/pub?topic=${topic}`, "hello\n\0!"), "200 OK");
    using client = await Client.connect(nsqd.tcpPort);
    await client.subscribe(topic, "c", 1);
    equal((await client.nextMessage()).body, "hello\n\0!");
  });

  test("/pub refuses bad requests", async (nsqd) => {
    const cases: [string, string, string][] = [
      ["", "x", refusal(400, "MISSING_ARG_TOPIC")],
      ["", "", refusal(400, "MSG_EMPTY")],
      ["?topic=", "x", refusal(400, "INVALID_TOPIC")],
      ["?topic=a%20b", "x", refusal(400, "INVALID_TOPIC")],
      [`?topic=${"a".repeat(65)}`, "x", refusal(400, "INVALID_TOPIC")],
      ["?topic=%zz", "x", refusal(400, "INVALID_REQUEST")],
      ["?topic=a;b=c", "x", refusal(400, "INVALID_REQUEST")],
      ["?topic=refused&defer=x", "x", refusal(400, "INVALID_DEFER")],
      ["?topic=refused&defer=", "x", refusal(400, "INVALID_DEFER")],
      ["?topic=refused&defer=-1", "x", refusal(400, "INVALID_DEFER")],
      ["?topic=refused&defer=3600001", "x", refusal(400, "INVALID_DEFER")],
    ];
    for (const [query, body, expected] of cases) {
      equal(await answer(nsqd, "POST", `/pub${query}`, body), expected, query);
    }
    equal((await nsqd.topic("refused")).message_count, 0);
  });

  test("/pub takes a message of the largest size and none beyond", async (nsqd) => {
    const topic = topicName();
    const largest = "x".repeat(MAX_MSG_BYTES);
    const tooBig = refusal(413, "MSG_TOO_BIG");
    equal(await answer(nsqd, "POST", `/pub?topic=${topic}`, largest), "200 OK");
    equal(await answer(nsqd, "POST", `/pub?topic=${topic}`, chunked(largest)), "200 OK");
    equal(await answer(nsqd, "POST", `/pub?topic=${topic}`, largest + "x"), tooBig);
    equal(await answer(nsqd, "POST", `/pub?topic=${topic}`, chunked(largest + "x")), tooBig);
    const { message_count, message_bytes } = await nsqd.topic(topic);
    deepEqual([message_count, message_bytes], [2, 2 * MAX_MSG_BYTES]);
  });

  test("/pub with defer delivers later", async (nsqd) => {
    const topic = topicName();
    await nsqd.post(`/topic/create?topic=${topic}`);
    await nsqd.post(`/channel/create?topic=${topic}&channel=c`);
    const sentMs = performance.now();
    equal(await answer(nsqd, "POST", `/pub?topic=${topic}&defer=300`, "later"), "200 OK");
    using client = await Client.connect(nsqd.tcpPort);
    await client.subscribe(topic, "c", 1);
    await client.nextMessage();
    equal(performance.now() - sentMs >= 299, true);
  });

  test("/mpub takes a message a line and leaves empty lines out", async (nsqd) => {
    const topic = topicName();
    equal(await answer(nsqd, "POST", `/mpub?topic=${topic}`, "a\nb\n\nc"), "200 OK");
    equal(await answer(nsqd, "POST", `/mpub?topic=${topic}`, "\n\n"), "200 OK");
    equal(await answer(nsqd, "POST", `/mpub?topic=${topic}`, ""), "200 OK");
    equal((await nsqd.topic(topic)).message_count, 3);
  });

  test("/mpub refuses too much text and stores none of it", async (nsqd) => {
    const topic = topicName();
    const path = `/mpub?topic=${topic}`;
    const lines = "x\n".repeat(MAX_BODY_BYTES / 2);
    const longLine = "a\n" + "x".repeat(MAX_MSG_BYTES + 1);
    equal(await answer(nsqd, "POST", path, longLine), refusal(413, "MSG_TOO_BIG"));
    equal(await answer(nsqd, "POST", path, lines + "x"), refusal(413, "BODY_TOO_BIG"));
    equal(await answer(nsqd, "POST", path, chunked(lines + "x")), refusal(413, "BODY_TOO_BIG"));
    equal((await nsqd.topic(topic)).message_count, 0);
  });

  test("/mpub in binary form takes any bytes and ignores what follows", async (nsqd) => {
    const topic = topicName();
    const path = `/mpub?topic=${topic}&binary`;
    const body = messageBatch(["a", "b\nc"]);
    equal(await answer(nsqd, "POST", `${path}=true`, body), "200 OK");
    equal(await answer(nsqd, "POST", `${path}=1`, concat(messageBatch(["a"]), "rest")), "200 OK");
    equal(await answer(nsqd, "POST", `${path}=yes`, body), "200 OK");
    equal(await answer(nsqd, "POST", `${path}=false`, "text"), "200 OK");
    equal((await nsqd.topic(topic)).message_count, 6);
  });

  test("/mpub in binary form refuses a bad count or body and stores nothing", async (nsqd) => {
    const topic = topicName();
    const badBody = refusal(413, "BAD_BODY");
    const badMessage = refusal(413, "BAD_MESSAGE");
    const cases: [Uint8Array<ArrayBuffer>, string][] = [
      [concat(), badBody],
      [concat("abc"), badBody],
      [int32(0), badBody],
      [int32(-1), badBody],
      [int32(MAX_BODY_BYTES), badBody],
      [int32(1), badMessage],
      [messageBatch([""]), badMessage],
      [concat(int32(1), int32(-5), "a"), badMessage],
      [concat(int32(1), int32(2), "a"), badMessage],
      [concat(int32(2), sized("a")), badMessage],
      [concat(int32(1), int32(MAX_MSG_BYTES + 1), "a"), badMessage],
    ];
    for (const [body, expected] of cases) {
      equal(await answer(nsqd, "POST", `/mpub?topic=${topic}&binary=true`, body), expected);
    }
    equal((await nsqd.topic(topic)).message_count, 0);
  });

  test("a connection serves on after a refused upload", async (nsqd) => {
    for (let round = 0; round < 3; round++) {
      const path = `/topic/create?topic=${topicName()}`;
      equal(await answer(nsqd, "POST", path, "x".repeat(MAX_MSG_BYTES)), "200 ");
      equal(await answer(nsqd, "POST", "/nope", "x".repeat(200_000)), refusal(404, "NOT_FOUND"));
      equal(await answer(nsqd, "GET", "/ping"), "200 OK");
    }
  });
});
