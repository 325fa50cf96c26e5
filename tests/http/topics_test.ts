import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { type Nsqd, nsqdSuite, topicName } from "../harness/mod.ts";
import { answer, refusal } from "./answer.ts";

async function channelNames(nsqd: Nsqd, topic: string): Promise<string[]> {
  return (await nsqd.topic(topic)).channels.map(({ channel_name }) => channel_name);
}

nsqdSuite([], (test) => {
  test("/topic/create and /topic/delete make and remove a topic", async (nsqd) => {
    const topic = topicName();
    equal(await answer(nsqd, "POST", `/topic/create?topic=${topic}`), "200 ");
    equal(await answer(nsqd, "POST", `/topic/create?topic=${topic}`), "200 ");
    equal((await nsqd.topics(topic)).length, 1);
    equal(await answer(nsqd, "POST", `/topic/delete?topic=${topic}`), "200 ");
    equal((await nsqd.topics(topic)).length, 0);
  });

  test("/topic/pause and /topic/unpause show in /stats", async (nsqd) => {
    const topic = topicName();
    await nsqd.post(`/topic/create?topic=${topic}`);
    equal(await answer(nsqd, "POST", `/topic/pause?topic=${topic}`), "200 ");
    equal((await nsqd.topic(topic)).paused, true);
    equal(await answer(nsqd, "POST", `/topic/unpause?topic=${topic}`), "200 ");
    equal((await nsqd.topic(topic)).paused, false);
  });

  test("/topic/empty drops what the topic holds", async (nsqd) => {
    const topic = topicName();
    await nsqd.post(`/mpub?topic=${topic}`, "a\nb\nc");
    equal((await nsqd.topic(topic)).depth, 3);
    equal(await answer(nsqd, "POST", `/topic/empty?topic=${topic}`), "200 ");
    equal((await nsqd.topic(topic)).depth, 0);
  });

  test("/topic/… refuses missing, bad and unknown names", async (nsqd) => {
    const invalid = refusal(400, "INVALID_TOPIC");
    const unknown = refusal(404, "TOPIC_NOT_FOUND");
    const badName = {
      create: invalid,
      empty: invalid,
      delete: unknown,
      pause: unknown,
      unpause: unknown,
    };
    for (const [action, expected] of Object.entries(badName)) {
      const path = `/topic/${action}`;
      equal(await answer(nsqd, "POST", path), refusal(400, "MISSING_ARG_TOPIC"), path);
      equal(await answer(nsqd, "POST", `${path}?topic=%z`), refusal(400, "INVALID_REQUEST"), path);
      equal(await answer(nsqd, "POST", `${path}?topic=a%20b`), expected, path);
      if (action === "create") continue;
      equal(await answer(nsqd, "POST", `${path}?topic=unknown`), unknown, path);
    }
  });

  test("/channel/create and /channel/delete make and remove a channel", async (nsqd) => {
    const topic = topicName();
    await nsqd.post(`/topic/create?topic=${topic}`);
    equal(await answer(nsqd, "POST", `/channel/create?topic=${topic}&channel=b`), "200 ");
    equal(await answer(nsqd, "POST", `/channel/create?topic=${topic}&channel=a`), "200 ");
    deepEqual(await channelNames(nsqd, topic), ["a", "b"]);
    equal(await answer(nsqd, "POST", `/channel/delete?topic=${topic}&channel=a`), "200 ");
    deepEqual(await channelNames(nsqd, topic), ["b"]);
  });

  test("/channel/pause and /channel/unpause show in /stats", async (nsqd) => {
    const topic = topicName();
    const query = `topic=${topic}&channel=c`;
    await nsqd.post(`/topic/create?topic=${topic}`);
    await nsqd.post(`/channel/create?${query}`);
    equal(await answer(nsqd, "POST", `/channel/pause?${query}`), "200 ");
    equal((await nsqd.channel(topic, "c")).paused, true);
    equal(await answer(nsqd, "POST", `/channel/unpause?${query}`), "200 ");
    equal((await nsqd.channel(topic, "c")).paused, false);
  });

  test("/channel/empty drops what the channel holds, and no other's", async (nsqd) => {
    const topic = topicName();
    await nsqd.post(`/topic/create?topic=${topic}`);
    for (const name of ["a", "b"]) {
      await nsqd.post(`/channel/create?topic=${topic}&channel=${name}`);
    }
    await nsqd.post(`/mpub?topic=${topic}`, "a\nb\nc");
    equal(await answer(nsqd, "POST", `/channel/empty?topic=${topic}&channel=a`), "200 ");
    equal((await nsqd.channel(topic, "a")).depth, 0);
    equal((await nsqd.channel(topic, "b")).depth, 3);
  });

  test("/channel/… refuses missing, bad and unknown names", async (nsqd) => {
    const topic = topicName();
    await nsqd.post(`/topic/create?topic=${topic}`);
    for (const action of ["create", "delete", "empty", "pause", "unpause"]) {
      const cases: [string, string][] = [
        ["?topic=%z", refusal(400, "INVALID_REQUEST")],
        ["", refusal(400, "MISSING_ARG_TOPIC")],
        ["?topic=a%20b", refusal(400, "INVALID_ARG_TOPIC")],
        ["?topic=unknown", refusal(400, "MISSING_ARG_CHANNEL")],
        ["?topic=unknown&channel=a%20b", refusal(400, "INVALID_ARG_CHANNEL")],
        ["?topic=unknown&channel=c", refusal(404, "TOPIC_NOT_FOUND")],
      ];
      const unknown = refusal(404, "CHANNEL_NOT_FOUND");
      if (action !== "create") cases.push([`?topic=${topic}&channel=unknown`, unknown]);
      for (const [query, expected] of cases) {
        const path = `/channel/${action}${query}`;
        equal(await answer(nsqd, "POST", path), expected, path);
      }
    }
  });
});
