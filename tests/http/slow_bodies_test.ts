/** Memory follows what clients have sent: not what they promise, nor in how small pieces it comes. */
import { match, ok } from "../harness/assert.ts";
import { type Nsqd, startNsqd } from "../harness/mod.ts";

const encoder = new TextEncoder();

/** The most memory that a process ever had, in MiB. */
async function peakMiB(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)![1]) / 1024;
}

async function send(conn: Deno.Conn, text: string): Promise<void> {
  const writer = conn.writable.getWriter();
  await writer.write(encoder.encode(text));
  writer.releaseLock();
}

async function begin(nsqd: Nsqd, header: string): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ port: nsqd.httpPort });
  await send(conn, `POST /pub?topic=t HTTP/1.1\r\nHost: a\r\n${header}\r\n\r\n`);
  return conn;
}

Deno.test("a body in pieces of a byte takes no more memory than another", async () => {
  await using nsqd = await startNsqd();
  const before = await peakMiB(nsqd.pid);
  using conn = await begin(nsqd, "Transfer-Encoding: chunked\r\nConnection: close");
  await send(conn, "1\r\nx\r\n".repeat(20_000) + "0\r\n\r\n");
  match(await new Response(conn.readable).text(), /^HTTP\/1\.1 200 [^]*OK$/);
  const grown = await peakMiB(nsqd.pid) - before;
  ok(grown < 150, `20 kB took ${grown} MiB`);
});

Deno.test("bodies that are promised and do not come take little memory", async () => {
  await using nsqd = await startNsqd();
  const before = await peakMiB(nsqd.pid);
  const conns: Deno.TcpConn[] = [];
  for (let i = 0; i < 800; i++) conns.push(await begin(nsqd, "Content-Length: 1000000"));
  await Promise.all(conns.map(async (conn) => {
    await send(conn, "x");
    await conn.closeWrite();
    // The broker is done with it: it has answered, or hung up.
    await conn.readable.pipeTo(new WritableStream()).catch(() => {});
  }));
  const grown = await peakMiB(nsqd.pid) - before;
  ok(grown < 300, `800 promises of 1 MB took ${grown} MiB`);
});
