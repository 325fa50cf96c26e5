/** HTTP itself: the same requests, plain and through every mode of TLS, as old and new clients, probes and proxies send them. */
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import {
  type Daemon,
  httpServer,
  isReference,
  type Nsqd,
  startAdmin,
  startLookupd,
  startNsqd,
  topicName,
} from "../harness/mod.ts";
import { type Certificates, makeCertificates, tlsFlags } from "../transport/certificates.ts";
import { type Answer, answersOf, type Dial, exchange } from "./raw_http.ts";

let certificates: Certificates;
let nsqds: Nsqd[];
Deno.test.beforeAll(async () => {
  certificates = await makeCertificates();
  const open = "--tls-required=tcp-https";
  const ca = `--tls-root-ca-file=${certificates.ca}`;
  nsqds = await Promise.all([
    [],
    ["--tls-min-version=tls1.3"],
    ["--tls-client-auth-policy=require", open],
    ["--tls-client-auth-policy=require-verify", open, ca],
  ].map((flags) => startNsqd({ flags: [...tlsFlags(certificates), ...flags] })));
});
Deno.test.afterAll(async () => {
  for (const nsqd of nsqds) await nsqd[Symbol.asyncDispose]();
  certificates[Symbol.dispose]();
});

function plain({ httpPort }: Nsqd): Dial {
  return () => Deno.connect({ hostname: "127.0.0.1", port: httpPort });
}

function httpsPort(nsqd: Nsqd): number {
  return Number(/ HTTPS: listening on .*:(\d+)$/m.exec(nsqd.log())![1]);
}

function overTls(nsqd: Nsqd, options: { alpnProtocols?: string[] } = {}): Dial {
  return () =>
    Deno.connectTls({
      hostname: "localhost",
      port: httpsPort(nsqd),
      caCerts: [Deno.readTextFileSync(certificates.ca)],
      cert: Deno.readTextFileSync(certificates.client.cert),
      key: Deno.readTextFileSync(certificates.client.key),
      ...options,
    });
}

const WAYS: [string, () => [Dial, Nsqd]][] = [
  ["plain", () => [plain(nsqds[0]!), nsqds[0]!]],
  ["TLS", () => [overTls(nsqds[0]!), nsqds[0]!]],
  ["TLS 1.3 alone", () => [overTls(nsqds[1]!), nsqds[1]!]],
  ["TLS with any certificate", () => [overTls(nsqds[2]!), nsqds[2]!]],
  ["TLS with verified certificates", () => [overTls(nsqds[3]!), nsqds[3]!]],
];

/** The logs of brokers that several tests share are read all the time. */
const SHARED = { sanitizeOps: false, sanitizeResources: false };

/** Plain HTTP is the runtime's, which drops the request of a client that sends no more, unless it was fast. */
function mayDropHalfClosed(way: string): boolean {
  return way === "plain" && !isReference;
}

/** What is sent, in pieces, and what comes back. */
interface Case {
  readonly name: string;
  readonly send: readonly string[];
  /** Status of each answer, with its body unless that does not matter. */
  readonly answers: readonly (string | RegExp)[];
  /** Left out where that does not matter. */
  readonly closes?: boolean;
  /** In its place: how the last answer ends. */
  readonly last?: RegExp;
  readonly method?: string;
  readonly halfClose?: boolean;
  /** The server may close with what was sent unread, and a reset then overtakes its answer. */
  readonly mayLoseAnswer?: boolean;
  /** The reference is less strict. */
  readonly isStricter?: boolean;
  readonly check?: (answers: Answer[]) => void;
}

const PING = "GET /ping HTTP/1.1\r\nHost: a\r\n\r\n";
const PUB = "POST /pub?topic=t HTTP/1.1\r\nHost: a\r\n";
const TOO_BIG = /^HTTP\/1.1 413 .*\|{"message":"MSG_TOO_BIG"}$/;
const LARGE_COOKIE = "c".repeat(httpServer.takesHeaderBytes);
const HUGE_HEADER = `X-Huge: ${"x".repeat(1_200_000)}\r\n`;

const CASES: readonly Case[] = [
  {
    name: "HTTP/1.0 needs no Host, and ends with its answer",
    send: ["GET /ping HTTP/1.0\r\n\r\n"],
    answers: ["HTTP/1.0 200 OK|OK"],
    closes: true,
  },
  {
    name: "HTTP/1.0 may keep the connection",
    send: Array(2).fill("GET /ping HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
    answers: Array(2).fill("HTTP/1.0 200 OK|OK"),
    closes: false,
    check: ([first]) => equal(first!.headers.get("connection"), "keep-alive"),
  },
  {
    name: "HTTP/1.1 keeps the connection",
    send: [PING, PING],
    answers: Array(2).fill("HTTP/1.1 200 OK|OK"),
    closes: false,
    check: ([first]) => equal(first!.headers.get("content-length"), "2"),
  },
  {
    name: "requests may come in one piece",
    send: [PING + PING + PING],
    answers: Array(3).fill("HTTP/1.1 200 OK|OK"),
    closes: false,
  },
  {
    name: "Connection: close ends it",
    send: ["GET /ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"],
    answers: ["HTTP/1.1 200 OK|OK"],
    closes: true,
    check: ([first]) => equal(first!.headers.get("connection"), "close"),
  },
  {
    name: "two Hosts are refused",
    send: ["GET /ping HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"],
    answers: [/^HTTP\/1.1 400 Bad Request/],
    closes: true,
  },
  {
    name: "an empty Host will do",
    send: ["GET /ping HTTP/1.1\r\nHost:\r\n\r\n"],
    answers: ["HTTP/1.1 200 OK|OK"],
    closes: false,
  },
  {
    name: "an absolute target means its path",
    send: ["GET http://b/ping HTTP/1.1\r\nHost: a\r\n\r\n"],
    answers: ["HTTP/1.1 200 OK|OK"],
    closes: false,
  },
  {
    name: "lines may end without a carriage return",
    send: ["GET /ping HTTP/1.1\nHost: a\n\n"],
    answers: ["HTTP/1.1 200 OK|OK"],
    closes: false,
  },
  {
    name: "HEAD is answered without a body",
    send: ["HEAD /ping HTTP/1.1\r\nHost: a\r\n\r\n"],
    answers: [/^HTTP\/1.1 405 Method Not Allowed\|$/],
    closes: false,
    method: "HEAD",
  },
  {
    name: "OPTIONS tells the methods, also of all",
    send: [
      "OPTIONS /ping HTTP/1.1\r\nHost: a\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
    answers: ["HTTP/1.1 200 OK|", "HTTP/1.1 200 OK|"],
    closes: false,
    check: ([first]) => equal(first!.headers.get("allow"), "GET, OPTIONS"),
  },
  {
    name: "a method that nobody knows is not allowed",
    send: ["BREW /ping HTTP/1.1\r\nHost: a\r\n\r\n"],
    answers: [/^HTTP\/1.1 405 /],
    closes: false,
  },
  {
    name: "a body has a length",
    send: [`${PUB}Content-Length: 5\r\n\r\nhello`, PING],
    answers: ["HTTP/1.1 200 OK|OK", "HTTP/1.1 200 OK|OK"],
    closes: false,
  },
  {
    name: "a body that nobody wants is passed over",
    send: [
      "POST /topic/create?topic=u HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello" + PING,
    ],
    answers: ["HTTP/1.1 200 OK|", "HTTP/1.1 200 OK|OK"],
    closes: false,
  },
  {
    name: "a body comes in chunks, with extensions",
    send: [
      `${PUB}Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n${PING}`,
    ],
    answers: ["HTTP/1.1 200 OK|OK", "HTTP/1.1 200 OK|OK"],
    closes: false,
  },
  {
    name: "chunks that are none end the connection",
    send: [`${PUB}Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n`],
    answers: httpServer.answersWrongChunks ? [/^HTTP\/1.1 400 Bad Request\|/] : [],
    closes: true,
    isStricter: true, // it says 500
  },
  {
    name: "Expect: 100-continue asks for the body",
    send: [`${PUB}Content-Length: 5\r\nExpect: 100-continue\r\n\r\n`, "hello"],
    answers: ["HTTP/1.1 100 Continue|", "HTTP/1.1 200 OK|OK"],
    closes: false,
  },
  {
    name: `a body that is too long is ${
      httpServer.asksForBodyWhenWanted ? "not asked for" : "refused, though asked for"
    }`,
    send: [`${PUB}Content-Length: 50000000\r\nExpect: 100-continue\r\n\r\n`],
    ...httpServer.asksForBodyWhenWanted
      ? { answers: [TOO_BIG], closes: true }
      : { answers: ["HTTP/1.1 100 Continue|", TOO_BIG], last: /"MSG_TOO_BIG"}$/ },
  },
  {
    name: "a body that is too long, and does not come, is not waited for",
    send: [`${PUB}Content-Length: 50000000\r\n\r\nhello`],
    answers: [TOO_BIG],
    check: ([answer]) => equal(answer!.headers.get("connection"), "close"),
  },
  {
    name: "what else is expected fails",
    send: ["GET /ping HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\n\r\n"],
    answers: [/^HTTP\/1.1 417 Expectation Failed\|/],
    closes: httpServer.closesByItself,
    check: ([answer]) => equal(answer!.headers.get("connection"), "close"),
  },
  {
    name: "headers may be large",
    send: [`GET /ping HTTP/1.1\r\nHost: a\r\nCookie: ${LARGE_COOKIE}\r\n\r\n`],
    answers: ["HTTP/1.1 200 OK|OK"],
    closes: false,
  },
  {
    name: "headers may be many",
    send: [`GET /ping HTTP/1.1\r\nHost: a\r\n${"X-A: b\r\n".repeat(90)}\r\n`],
    answers: ["HTTP/1.1 200 OK|OK"],
    closes: false,
  },
  {
    name: "headers beyond 1 MiB are refused",
    send: [`GET /ping HTTP/1.1\r\nHost: a\r\n${HUGE_HEADER}\r\n`],
    answers: [new RegExp(`^HTTP/1.1 ${httpServer.headersTooLarge}\\|`)],
    mayLoseAnswer: !httpServer.lingers,
    closes: true,
  },
  ...[
    "GET /ping\r\n\r\n",
    "GET  /ping HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET ping HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /ping HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
    "GET /ping HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n",
    "GET /ping HTTP/1.1\r\nHost: a b\r\n\r\n",
    `${PUB}Content-Length: five\r\n\r\n`,
    `${PUB}Content-Length: -1\r\n\r\n`,
    `${PUB}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`,
  ].map((request): Case => ({
    name: `malformed: ${JSON.stringify(request)}`,
    send: [request],
    answers: [/^HTTP\/1.1 400 Bad Request/],
  })),
  ...[
    `${PUB}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    "GET /ping HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
  ].map((request): Case => ({
    name: `ambiguous: ${JSON.stringify(request)}`,
    send: [request],
    answers: [/^HTTP\/1.1 400 Bad Request/],
    isStricter: true,
  })),
  {
    name: "another version is not spoken",
    send: ["GET /ping HTTP/3.0\r\nHost: a\r\n\r\n"],
    answers: [/^HTTP\/1.1 (505 HTTP Version Not Supported|400 Bad Request)/],
    closes: true,
  },
  {
    name: "another coding of the body is not known",
    send: [`${PUB}Transfer-Encoding: gzip\r\n\r\n`],
    answers: [/^HTTP\/1.1 (501 Not Implemented|400 Bad Request)/],
    closes: true,
  },
  {
    name: "a client that sends no more still gets its answer",
    send: [`${PUB}Content-Length: 5\r\n\r\nhello`],
    halfClose: true,
    answers: ["HTTP/1.1 200 OK|OK"],
    closes: true,
  },
  {
    name: "a client that sends no more gets the answers to all that it sent",
    send: [PING + PING + `${PUB}Content-Length: 5\r\n\r\nhello`],
    halfClose: true,
    answers: Array(3).fill("HTTP/1.1 200 OK|OK"),
    closes: true,
  },
];

for (const [way, where] of WAYS) {
  for (const one of CASES) {
    const { name, send, answers, closes, method, halfClose, isStricter, check } = one;
    if (halfClose && mayDropHalfClosed(way)) continue; // what holds there is tested below
    Deno.test({
      name: `${way}: ${name}`,
      ignore: isReference && isStricter === true,
      ...SHARED,
      fn: async () => {
        const [dial] = where();
        const end = one.last ?? (closes === undefined ? "quiet" : closes ? "closed" : "open");
        const raw = await exchange(dial, send, { halfClose: halfClose ?? false, end });
        const got = answersOf(raw, method);
        if (one.mayLoseAnswer && got.length === 0) return;
        const texts = got.map(({ statusLine, body }) => `${statusLine}|${body}`);
        equal(texts.length, answers.length, JSON.stringify(raw.text.slice(0, 2000)));
        for (const [index, expected] of answers.entries()) {
          if (typeof expected === "string") equal(texts[index], expected);
          else match(texts[index]!, expected);
        }
        check?.(got);
      },
    });
  }

  Deno.test({
    name: `${way}: ${
      mayDropHalfClosed(way)
        ? "clients that send no more after POST are answered or cut off, and nobody else notices"
        : "fifty clients that send no more after POST get fifty answers"
    }`,
    ...SHARED,
    fn: async () => {
      const [dial, nsqd] = where();
      const topic = topicName();
      const post = `POST /pub?topic=${topic} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi`;
      const one = () => exchange(dial, [post], { halfClose: true, end: "closed" });
      const raws = await Promise.all(Array.from({ length: 50 }, one));
      const answered = raws.flatMap((raw) => answersOf(raw).map(({ body }) => body));
      ok(answered.every((body) => body === "OK"));
      if (!mayDropHalfClosed(way)) equal(answered.length, raws.length);

      const [after] = answersOf(await exchange(dial, [post], { end: "open" }));
      equal(after!.body, "OK");
      // What was dropped may have been published all the same.
      const { message_count } = await nsqd.topic(topic);
      ok(message_count > answered.length && message_count <= raws.length + 1, `${message_count}`);
    },
  });
}

/** Each daemon's HTTP is the same: what could differ is tried with all. */
const DAEMONS: [string, () => Promise<Daemon>][] = [
  ["lookupd", () => startLookupd()],
  ["console", () => startAdmin({ flags: ["--lookupd-http-address=127.0.0.1:1"] })],
];
for (const [name, start] of DAEMONS) {
  Deno.test({
    name: `${name}: old clients are served, and a Host that is none is refused`,
    ignore: isReference,
    ...SHARED,
    fn: async () => {
      await using daemon = await start();
      const dial = () => Deno.connect({ hostname: "127.0.0.1", port: daemon.httpPort });
      const old = await exchange(dial, ["GET /ping HTTP/1.0\r\n\r\n"]);
      deepEqual(answersOf(old).map(({ statusLine }) => statusLine), ["HTTP/1.0 200 OK"]);
      const twice = await exchange(dial, ["GET /ping HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"]);
      match(twice.text, /^HTTP\/1.1 40[03] /);
    },
  });
}

Deno.test({
  name: "plain HTTP on the TLS port gets a sentence",
  ...SHARED,
  fn: async () => {
    for (const nsqd of nsqds) {
      const raw = await exchange(
        () => Deno.connect({ hostname: "127.0.0.1", port: httpsPort(nsqd) }),
        [PING],
        { end: "closed" },
      );
      const sentence = "Client sent an HTTP request to an HTTPS server.\n";
      equal(raw.text, `HTTP/1.0 400 Bad Request\r\n\r\n${sentence}`);
    }
  },
});

Deno.test({
  name: "a client that offers http/1.0 in TLS is served",
  ...SHARED,
  fn: async () => {
    for (const nsqd of nsqds) {
      for (const alpnProtocols of [["http/1.0"], ["h2", "http/1.1"]]) {
        const raw = await exchange(overTls(nsqd, { alpnProtocols }), [PING], { end: "open" });
        const [answer] = answersOf(raw);
        equal(answer!.statusLine, "HTTP/1.1 200 OK");
      }
    }
  },
});

Deno.test({
  name: "TLS on the plain port ends, and nobody else notices",
  ...SHARED,
  fn: async () => {
    const [nsqd] = nsqds;
    const hello = String.fromCharCode(22, 3, 1, 0, 5, 1, 0, 0, 1, 3, 13, 10, 13, 10);
    await exchange(plain(nsqd!), [hello], { end: "closed" });
    ok((await exchange(plain(nsqd!), [PING], { end: "open" })).text.endsWith("OK"));
  },
});
