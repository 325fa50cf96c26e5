import assert from "node:assert/strict";
import { deleteTopics } from "./api.ts";

Deno.test("deleteTopics deletes the topics of a prefix and leaves those of a longer one", async () => {
  const topics = ["burst1_0000", "burst1_0001", "burst10_0000"];
  const requests: string[] = [];
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const { pathname, search } = new URL(request.url);
    if (pathname === "/stats") {
      return Response.json({
        topics: topics.map((topic_name) => ({ topic_name, channels: null })),
      });
    }
    requests.push(`${request.method} ${pathname}${search}`);
    return new Response();
  });
  await deleteTopics(`127.0.0.1:${server.addr.port}`, "burst1");
  assert.deepEqual(requests, [
    "POST /topic/delete?topic=burst1_0000",
    "POST /topic/delete?topic=burst1_0001",
  ]);
});
