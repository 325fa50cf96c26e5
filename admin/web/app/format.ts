/** Numbers, sizes and times as people read them. */

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const SIZES = ["B", "KB", "MB", "GB", "TB"];
const COMPACT = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });

/** 1234567 → "1,234,567" */
export function count(value: number): string {
  return whole.format(value);
}

/** 1234567 → "1.2M", for where there is little room. */
export function shortCount(value: number): string {
  return value < 10_000 ? count(value) : COMPACT.format(value);
}

/** "3 messages", "1 message" */
export function plural(value: number, noun: string): string {
  const many = noun.endsWith("s") ? noun + "es" : noun + "s";
  return `${count(value)} ${value === 1 ? noun : many}`;
}

/** A rate per second, without the unit; null for one that is not known yet. */
export function rate(value: number | null): string {
  if (value === null) return "–";
  if (value === 0) return "0";
  if (value < 0.1) return "<0.1";
  return value < 10 ? value.toFixed(1) : shortCount(value);
}

/** Sizes in steps of 1,000 bytes. */
export function bytes(value: number): string {
  let at = 0, rest = value;
  while (rest >= 1000 && at < SIZES.length - 1) {
    rest /= 1000;
    at++;
  }
  return `${at === 0 || rest >= 100 ? Math.round(rest) : rest.toFixed(1)} ${SIZES[at]}`;
}

/** 90_061_000 → "1 d 1 h": the two largest units. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  const units: [string, number][] = [["d", 86_400_000], ["h", 3_600_000], ["min", 60_000]];
  for (let at = 0; at < units.length; at++) {
    const [unit, unitMs] = units[at]!;
    if (ms < unitMs) continue;
    const [smaller, smallerMs] = units[at + 1] ?? ["s", 1000];
    const rest = Math.floor(ms % unitMs / smallerMs);
    return `${Math.floor(ms / unitMs)} ${unit}` + (rest > 0 ? ` ${rest} ${smaller}` : "");
  }
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.floor(ms / 1000)} s`;
}

/** 1_500_000 → "1.5 ms" */
export function nanoseconds(ns: number): string {
  if (ns < 1000) return `${Math.round(ns)} ns`;
  if (ns < 1_000_000) return `${short(ns / 1000)} µs`;
  if (ns < 1_000_000_000) return `${short(ns / 1_000_000)} ms`;
  return ns < 60e9 ? `${short(ns / 1e9)} s` : duration(ns / 1e6);
}

/** 0.99 → "99th" */
export function ordinal(quantile: number): string {
  const percent = Math.round(quantile * 1e6) / 1e4;
  const last = Number.isInteger(percent) ? percent % 10 : 0;
  const isTeen = percent >= 11 && percent <= 13;
  const suffix = isTeen ? "th" : ["th", "st", "nd", "rd"][last] ?? "th";
  return percent + suffix;
}

/** Time of day, in the reader's zone. */
export function clock(atMs: number): string {
  return new Date(atMs).toLocaleTimeString("en-GB");
}

/** Day and time, in the reader's zone; the day is left out where it is today. */
export function dateAndTime(atMs: number, nowMs: number = Date.now()): string {
  const at = new Date(atMs);
  const isToday = at.toDateString() === new Date(nowMs).toDateString();
  return isToday ? clock(atMs) : `${at.toLocaleDateString("en-CA")} ${clock(atMs)}`;
}

function short(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Math.round(value * 10) / 10);
}
