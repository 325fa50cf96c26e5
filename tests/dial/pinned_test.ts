/** Requests to one address of a name: the server must be who the name says all the same. */
import { PinnedRequests } from "../../lib/http/pinned_request.ts";
import { redirectOf } from "../../lib/http/redirect.ts";
import { deepEqual, equal, match } from "../harness/assert.ts";
import { makeCertificates } from "../transport/certificates.ts";

const signal = new AbortController().signal;

Deno.test("PinnedRequests checks the certificate against the name, and keeps the connection", async () => {
  using certificates = await makeCertificates();
  const read = (path: string) => Deno.readTextFileSync(path);
  const seen: string[] = [];
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    cert: read(certificates.server.cert),
    key: read(certificates.server.key),
    onListen() {},
  }, async (request, { remoteAddr }) => {
    const { port } = remoteAddr as Deno.NetAddr;
    seen.push(`${port} ${request.method} ${request.headers.get("host")} ${await request.text()}`);
    return new Response("thanks", { status: 202, headers: { "x-a": "1" } });
  });
  const { port } = server.addr;
  const asked = async (
    name: string,
    settings: ConstructorParameters<typeof PinnedRequests>[0],
    times = 1,
  ) => {
    const requests = new PinnedRequests(settings);
    const answers: string[] = [];
    try {
      for (let i = 0; i < times; i++) {
        const init = { method: "POST", body: "m", signal };
        const url = new URL(`https://${name}:${port}/in`);
        const answer = await requests.send(url, init, "127.0.0.1");
        answers.push(`${answer.status} ${answer.headers.get("x-a")} ${await answer.text()}`);
      }
    } catch (error) {
      answers.push((error as Error).message);
    } finally {
      requests.close();
    }
    return answers;
  };
  const caCerts = [read(certificates.ca)];
  deepEqual(await asked("localhost", { caCerts }, 2), ["202 1 thanks", "202 1 thanks"]);
  equal(seen.length, 2);
  equal(seen[0], seen[1]); // the port of the client, too
  match(seen[0]!, new RegExp(`^\\d+ POST localhost:${port} m$`));
  match((await asked("other.example", { caCerts }))[0]!, /altnames|not match/);
  match((await asked("localhost", {}))[0]!, /certificate is not trusted: unable to verify/);
  deepEqual(await asked("other.example", { insecureSkipVerify: true }), ["202 1 thanks"]);
  await server.shutdown();
});

Deno.test("redirectOf asks as fetch does, and tells secrets to no other server", () => {
  const from = new URL("http://a:1/x?y");
  const next = (status: number, location: string, init: RequestInit) => {
    const found = redirectOf(from, init, new Response(null, { status, headers: { location } }));
    if (found === undefined) return undefined;
    const { url, init: { method = "GET", body, headers } } = found;
    return [url.href, method, body ?? "", new Headers(headers).get("authorization") ?? ""].join(
      " ",
    );
  };
  const headers = { authorization: "secret" };
  equal(next(302, "/z", { headers }), "http://a:1/z GET  secret");
  equal(next(302, "http://b/z", { headers }), "http://b/z GET  ");
  equal(next(302, "/z", { method: "POST", body: "m" }), "http://a:1/z GET  ");
  equal(next(303, "/z", { method: "PUT", body: "m" }), "http://a:1/z GET  ");
  equal(next(307, "/z", { method: "POST", body: "m" }), "http://a:1/z POST m ");
  equal(next(200, "/z", {}), undefined);
  equal(next(302, "file:///etc/passwd", {}), undefined);
});
