/** The part of strftime that `--datetime-format` knows, in the time zone of the process. */

/** Locales that have a short name for many a time zone where others have only `GMT+1`. */
const ZONE_LOCALES = ["en-US", "en-GB", "en-AU", "en-IN", "ja-JP"];

const two = (value: number): string => String(value).padStart(2, "0");
const named = (options: Intl.DateTimeFormatOptions) => {
  const format = new Intl.DateTimeFormat("en-US", options);
  return (time: Date): string => format.format(time);
};

const CONVERSIONS: Readonly<Record<string, (time: Date) => string>> = {
  A: named({ weekday: "long" }),
  a: named({ weekday: "short" }),
  B: named({ month: "long" }),
  b: named({ month: "short" }),
  d: (time) => two(time.getDate()),
  H: (time) => two(time.getHours()),
  I: (time) => two(time.getHours() % 12 || 12),
  M: (time) => two(time.getMinutes()),
  m: (time) => two(time.getMonth() + 1),
  p: (time) => time.getHours() < 12 ? "AM" : "PM",
  S: (time) => two(time.getSeconds()),
  Y: (time) => String(time.getFullYear()).padStart(4, "0"),
  y: (time) => two(time.getFullYear() % 100),
  Z: zoneName,
  z: zoneOffset,
  "%": () => "%",
};

/** Writes a time by a format such as `%Y-%m-%d_%H`; an unknown conversion stays as it is. */
export function strftime(format: string, time: Date): string {
  return format.replaceAll(/%(.)/gs, (whole, letter: string) => {
    const convert = Object.hasOwn(CONVERSIONS, letter) ? CONVERSIONS[letter] : undefined;
    return convert?.(time) ?? whole;
  });
}

/** `+0100` */
function zoneOffset(time: Date): string {
  const minutes = -time.getTimezoneOffset();
  const magnitude = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(magnitude / 60))}${two(magnitude % 60)}`;
}

/** `CET`; the offset for a zone whose short name no locale has. */
function zoneName(time: Date): string {
  for (const locale of ZONE_LOCALES) {
    const parts = new Intl.DateTimeFormat(locale, { timeZoneName: "short" }).formatToParts(time);
    const name = parts.find((part) => part.type === "timeZoneName")?.value ?? "";
    if (/^[A-Z]+$/.test(name)) return name;
  }
  return zoneOffset(time);
}
