import { strictEqual as equal } from "node:assert/strict";
import { automaticIoThreads } from "./count.ts";

const TCP = { transport: "tcp", hostname: "127.0.0.1", port: 4150 } as const;

Deno.test("auto leaves a processor to the core, and is none where a port cannot be shared", () => {
  const onLinux = [1, 2, 4, 9, 64].map((cores) => automaticIoThreads(TCP, { os: "linux", cores }));
  equal(String(onLinux), "0,1,3,8,8");
  equal(automaticIoThreads(TCP, { os: "darwin", cores: 8 }), 0);
  const unix = { transport: "unix", path: "/tmp/socket" } as const;
  equal(automaticIoThreads(unix, { os: "linux", cores: 8 }), 0);
});
