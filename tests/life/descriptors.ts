/** A process at its limit of open files. */
import { equal } from "../harness/assert.ts";

/** Lets a process open no more files than it has open now, but for a few. */
export async function allowFewMoreFiles(pid: number, few = 3): Promise<void> {
  const open = new Set(Array.from(Deno.readDirSync(`/proc/${pid}/fd`), ({ name }) => Number(name)));
  let limit = 0;
  for (let free = 0; free < few; limit++) if (!open.has(limit)) free++;
  await limitFiles(pid, limit);
}

/** Gives a process room for files again. */
export async function allowManyFiles(pid: number): Promise<void> {
  await limitFiles(pid, 4096);
}

async function limitFiles(pid: number, count: number): Promise<void> {
  const { code, stderr } = await new Deno.Command("prlimit", {
    args: [`--pid=${pid}`, `--nofile=${count}:`],
  }).output();
  equal(code, 0, new TextDecoder().decode(stderr));
}
