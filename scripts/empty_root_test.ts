import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { libraryPaths } from "./empty_root.ts";

Deno.test("libraryPaths takes the resolved paths and the loader, not the virtual library", () => {
  const listing = "\tlinux-vdso.so.1 (0x00007f5f9da1e000)\n" +
    "\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f5f9793e000)\n" +
    "\t/lib64/ld-linux-x86-64.so.2 (0x00007f5f9da20000)\n";
  deepEqual(libraryPaths(listing), [
    "/lib/x86_64-linux-gnu/libc.so.6",
    "/lib64/ld-linux-x86-64.so.2",
  ]);
});
