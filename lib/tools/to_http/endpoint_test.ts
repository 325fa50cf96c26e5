import { deepStrictEqual as deepEqual, strictEqual as equal, throws } from "node:assert/strict";
import { ValueError } from "../../value_error.ts";
import { type Endpoint, getEndpoint, postEndpoint } from "./endpoint.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function acceptedStatuses(endpoint: Endpoint): number[] {
  const { accepts } = endpoint.request(bytes("x"));
  return [100, 199, 200, 201, 204, 299, 300, 304, 404, 500].filter(accepts);
}

Deno.test("getEndpoint puts the escaped message into the URL", () => {
  const endpoint = getEndpoint("http://h:1/p%%20q?a=%41&m=%s&b=1");
  const { method, url, body } = endpoint.request(bytes("a b+c&d=é/~_-.%s"));
  equal(method, "GET");
  equal(url, "http://h:1/p%20q?a=%41&m=a+b%2Bc%26d%3D%C3%A9%2F~_-.%25s&b=1");
  equal(body, undefined);
});

Deno.test("getEndpoint keeps bytes that are no text", () => {
  const { url } = getEndpoint("http://h/%s").request(new Uint8Array([0, 0xff, 0x0a, 0x7f]));
  equal(url, "http://h/%00%FF%0A%7F");
});

Deno.test("postEndpoint leaves URL and message as they are", () => {
  const message = bytes("a b");
  const { method, url, body } = postEndpoint("https://h/%s?a=%20").request(message);
  deepEqual({ method, url, body }, { method: "POST", url: "https://h/%s?a=%20", body: message });
});

Deno.test("a GET has arrived only with 200, a POST with any 2xx", () => {
  deepEqual(acceptedStatuses(getEndpoint("http://h/%s")), [200]);
  deepEqual(acceptedStatuses(postEndpoint("http://h/")), [200, 201, 204, 299]);
});

Deno.test("an endpoint's name shows no password", () => {
  equal(postEndpoint("http://me:secret@h:1/p?to=a:b@c").name, "http://me:***@h:1/p?to=a:b@c");
  equal(postEndpoint("http://h:1/p@q").name, "http://h:1/p@q");
  equal(getEndpoint("http://me@h:1/%s").name, "http://me@h:1/%s");
});

Deno.test("addresses that cannot be asked are refused", () => {
  for (const address of ["", "h:80/%s", "/%s", "ftp://h/%s", "http:///%s", "http://h:x/%s"]) {
    throws(() => getEndpoint(address), ValueError, address);
    throws(() => postEndpoint(address), ValueError, address);
  }
  for (const address of ["http://h/", "http://h/%s%s"]) {
    throws(() => getEndpoint(address), /needs one %s/, address);
  }
});
