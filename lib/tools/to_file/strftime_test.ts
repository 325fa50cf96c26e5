import { strictEqual as equal } from "node:assert/strict";
import { strftime } from "./strftime.ts";

/** Local time, so that the test holds in every time zone. */
const AFTERNOON = new Date(2026, 2, 5, 14, 7, 9);
const MIDNIGHT = new Date(2026, 10, 22, 0, 30, 0);

Deno.test("strftime writes every conversion of the reference", () => {
  equal(strftime("%Y-%m-%d_%H:%M:%S %y %I%p", AFTERNOON), "2026-03-05_14:07:09 26 02PM");
  equal(strftime("%A %a %B %b", AFTERNOON), "Thursday Thu March Mar");
  equal(strftime("%I %p %H", MIDNIGHT), "12 AM 00");
  equal(strftime("100%% %%d", AFTERNOON), "100% %d");
});

Deno.test("strftime keeps what it does not know, and digits and words that Go's layouts have", () => {
  equal(strftime("%j%f% Jan 2006-part1 %", AFTERNOON), "%j%f% Jan 2006-part1 %");
});

Deno.test("strftime writes the time zone as date(1) does", async () => {
  const script = `
    import { strftime } from ${JSON.stringify(new URL("strftime.ts", import.meta.url).href)};
    console.log(strftime("%z %Z", new Date("2026-07-01T12:00:00Z")));`;
  const zones = {
    UTC: "+0000 UTC",
    "Europe/Berlin": "+0200 CEST",
    "America/New_York": "-0400 EDT",
    "Asia/Kolkata": "+0530 IST",
    "America/Sao_Paulo": "-0300 -0300",
  };
  for (const [zone, wanted] of Object.entries(zones)) {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-lock", script],
      env: { TZ: zone },
    }).output();
    equal(new TextDecoder().decode(stdout).trim(), wanted, zone);
  }
});
