/** A chart over time, with axes and a cursor. */
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import type { HistoryView, Points } from "../../console/contract.ts";
import { clock, rate as rateText, shortCount } from "./format.ts";
import { useIsOld } from "./live.ts";
import { useRange } from "./range.tsx";
import { useTheme } from "./theme.ts";
import { ticksOf } from "./ticks.ts";

/** As in the style sheet: there is less room on a phone. */
const heightPx = (): number => innerWidth <= 720 ? 110 : 160;

/** A chart is never narrower than this, in points, however little is known. */
const LEAST_POINTS = 12;

/** Pixels between two ticks of the upright axis, at least. */
const TICK_PX = 28;

/** One line; its looks are in the style sheet by its name. */
export interface Line {
  label: string;
  points: Points;
  look: "depth" | "publish" | "deliver" | "finish" | "requeue" | "timeout";
  /** How much of its end is what lost nodes had last. */
  held?: number | undefined;
}

interface ChartProps {
  title: string;
  /** After the numbers, such as "/s". */
  unit: string;
  times: Pick<HistoryView, "endMs" | "stepMs">;
  lines: Line[];
}

/** Dashes, so that lines are told apart without their colours. */
const DASHES: Partial<Record<Line["look"], number[]>> = { requeue: [6, 3], timeout: [2, 3] };

/** Where the cursor goes with a key, from where it is or from behind the last point. */
const MOVES: Record<string, (at: number, last: number) => number> = {
  ArrowLeft: (at) => Math.max(0, at - 1),
  ArrowRight: (at, last) => Math.min(last, at + 1),
  Home: () => 0,
  End: (_, last) => last,
};

/** Lines over time. Of a single one the title says its latest and highest value, of several a legend. */
export function Chart({ title, unit, times, lines }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [at, setAt] = useState<number | null>(null);
  const theme = useTheme();
  const isOld = useIsOld();
  const { words: span } = useRange();
  const { endMs } = times;
  const isRate = unit === "/s";
  const format = isRate ? rateText : shortCount;
  const looks = lines.map(({ look }) => look).join();
  const shown = trimmed(times, lines);
  const hasPoints = shown.lines.some(({ points }) => points.some((value) => value !== null));

  useEffect(() => {
    const parent = place.current;
    if (parent === null) return;
    const made = new uPlot(
      optionsOf(parent, { lines, isRate, onCursor: setAt }),
      shown.data,
      parent,
    );
    plot.current = made;
    const resize = new ResizeObserver(() =>
      made.setSize({ width: parent.clientWidth, height: heightPx() })
    );
    resize.observe(parent);
    return () => {
      resize.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [theme, looks, hasPoints]);
  useEffect(() => plot.current?.setData(shown.data), [times, lines]);

  const sentences = lines.map((line) =>
    wordsOf(line, { times, span, isOld }, (value) => format(value) + unit)
  );
  const moveCursor = (event: KeyboardEvent) => {
    const moved = MOVES[event.key]?.(at ?? shown.data[0].length, shown.data[0].length - 1);
    if (moved === undefined || plot.current === null) return;
    event.preventDefault();
    plot.current.setCursor({ left: plot.current.valToPos(shown.data[0][moved]!, "x"), top: 0 });
  };
  const cursorAt = at === null ? undefined : shown.data[0][at];
  return (
    <figure class="chart">
      <figcaption>
        <span>{title}</span> {lines.length === 1 && cursorAt === undefined
          ? <span class="muted">{sentences[0]}</span>
          : (
            <Legend
              lines={shown.lines}
              at={at}
              when={cursorAt !== undefined ? clock(cursorAt * 1000) : isOld ? clock(endMs) : ""}
              format={(value) => format(value) + unit}
            />
          )}
      </figcaption>
      <div
        ref={place}
        class="chart-area"
        role="img"
        tabIndex={0}
        onKeyDown={moveCursor}
        onBlur={() => plot.current?.setCursor({ left: -10, top: -10 })}
        aria-label={lines.map(({ label }, each) =>
          `${lines.length === 1 ? title : label}: ${sentences[each]}`
        ).join("; ")}
      />
    </figure>
  );
}

/** The lines with their values, where the cursor is or at the end. */
function Legend(
  { lines, at, when, format }: {
    lines: Line[];
    at: number | null;
    /** The time that the values are of, where it is not now. */
    when: string;
    format(value: number): string;
  },
) {
  return (
    <span class="legend">
      {when !== "" && <span class="muted">{when}</span>}
      {lines.map(({ label, look, points }) => {
        const value = at === null ? points.at(-1) : points[at];
        return (
          <span key={look} class="legend-item">
            <span class={`swatch ${look}`} aria-hidden="true" />
            {label}{" "}
            <span class="legend-value">{typeof value === "number" ? format(value) : "?"}</span>
          </span>
        );
      })}
    </span>
  );
}

/** What a line shows. Where it has ended, its last value is not that of now. */
function wordsOf(
  { points, held = 0 }: Line,
  { times: { endMs, stepMs }, span, isOld }: {
    times: ChartProps["times"];
    span: string;
    isOld: boolean;
  },
  format: (value: number) => string,
): string {
  const last = points.findLastIndex((value) => value !== null);
  if (last < 0) return `nothing known of the last ${span}`;
  const highest = Math.max(0, ...points.map((value) => value ?? 0));
  const isNow = last === points.length - 1;
  const when = clock(endMs - (points.length - 1 - last) * stepMs);
  const value = format(Math.max(0, points[last]! - (isNow ? held : 0)));
  const lost = isNow && held > 0 ? ` + ${format(held)} last of lost nodes` : "";
  const now = isNow && !isOld ? `now ${value}${lost}` : `not known now, ${value}${lost} at ${when}`;
  return `${now}, at most ${format(highest)}`;
}

/** Without the time before anything was known. */
function trimmed(
  { endMs, stepMs }: ChartProps["times"],
  lines: Line[],
): { data: uPlot.AlignedData; lines: Line[] } {
  const length = lines[0]?.points.length ?? 0;
  let from = 0;
  while (from < length - LEAST_POINTS && lines.every(({ points }) => points[from] === null)) from++;
  const cut = lines.map((line) => ({ ...line, points: line.points.slice(from) }));
  const times = Array.from(
    { length: length - from },
    (_, at) => (endMs - (length - 1 - from - at) * stepMs) / 1000,
  );
  return { data: [times, ...cut.map(({ points }) => points)], lines: cut };
}

function optionsOf(
  parent: HTMLElement,
  { lines, isRate, onCursor }: {
    lines: Line[];
    isRate: boolean;
    onCursor(at: number | null): void;
  },
): uPlot.Options {
  const text = colourOf(parent, "--chart-text");
  const grid = { stroke: colourOf(parent, "--chart-grid"), width: 1 };
  const axis: uPlot.Axis = { stroke: text, grid, ticks: { show: false }, font: "11px system-ui" };
  return {
    width: parent.clientWidth,
    height: heightPx(),
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 6 } },
    padding: [8, null, 0, null],
    scales: { y: { range: (_, __, max) => [0, max > 0 ? max * 1.1 : 1] } },
    axes: [
      {
        ...axis,
        size: 22,
        space: 72,
        incrs: [15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600],
        values: (_, seconds, __, ___, step) =>
          seconds.map((each) => clock(each * 1000).slice(0, step < 60 ? 8 : 5)),
      },
      {
        ...axis,
        size: 46,
        splits: (u, _, __, top) =>
          ticksOf(isAllZero(u) ? 0 : top, Math.floor(u.height / TICK_PX) - 1, !isRate),
        values: (_, values) => values.map(isRate ? rateText : tickText),
      },
    ],
    series: [
      {},
      ...lines.map(({ look }): uPlot.Series => ({
        stroke: colourOf(parent, `--chart-${look}`),
        ...(lines.length === 1 && { fill: colourOf(parent, `--chart-${look}-fill`) }),
        ...(DASHES[look] && { dash: DASHES[look] }),
        width: 1.5,
        points: { show: false },
      })),
    ],
    hooks: { setCursor: [(u) => onCursor(u.cursor.idx ?? null)] },
  };
}

/** Shorter than elsewhere, so that one axis does not have both 5,000 and 10K. */
function tickText(value: number): string {
  return value < 1000
    ? shortCount(value)
    : `${value / (value < 1e6 ? 1e3 : 1e6)}${value < 1e6 ? "K" : "M"}`;
}

function isAllZero({ data }: uPlot): boolean {
  return data.slice(1).every((points) => [...points].every((value) => !value));
}

/** A colour of the style sheet as a canvas understands it: without functions such as light-dark(). */
function colourOf(parent: HTMLElement, name: string): string {
  const probe = parent.appendChild(document.createElement("span"));
  probe.style.color = `var(${name})`;
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
