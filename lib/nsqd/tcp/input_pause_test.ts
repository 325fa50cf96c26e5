import { rejects } from "node:assert/strict";
import { InputPause } from "./input_pause.ts";

// An error that nobody catches ends the test, as it would end the broker.

Deno.test("a pause ends although it is closed meanwhile", async () => {
  const pauses = new InputPause();
  await pauses.take(); // has it connect to itself
  for (let i = 0; i < 5; i++) await pauses.take();
  const last = pauses.take();
  pauses.close();
  await last;
  await pauses.take();
});

Deno.test("without a connection to itself there are pauses all the same", async () => {
  const { connect } = Deno, pauses = new InputPause();
  const refused = () => Promise.reject(new Error("Too many open files (os error 24)"));
  Deno.connect = refused as unknown as typeof connect;
  try {
    await rejects(refused);
    for (let i = 0; i < 5; i++) await pauses.take();
  } finally {
    Deno.connect = connect;
  }
  pauses.close();
});
