/** A chart of the last quarter of an hour, with axes and a cursor. */
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import type { HistoryView, Points } from "../../console/contract.ts";
import { clock, rate as rateText, shortCount } from "./format.ts";
import { useTheme } from "./theme.ts";

/** As in the style sheet: there is less room on a phone. */
const heightPx = (): number => innerWidth <= 720 ? 96 : 150;

interface ChartProps {
  title: string;
  /** After the numbers, such as "/s". */
  unit: string;
  times: Pick<HistoryView, "endMs" | "stepMs">;
  points: Points;
  /** Which of the colours that the style sheet has for lines. */
  colour: "rate" | "depth" | "bad";
}

/** One line over time, and in words its latest and highest value. */
export function Chart({ title, unit, times, points, colour }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const theme = useTheme();
  const { endMs, stepMs } = times;
  const format = unit === "/s" ? rateText : shortCount;
  const hasPoints = points.some((value) => value !== null);

  useEffect(() => {
    const parent = place.current;
    if (parent === null) return;
    const made = new uPlot(optionsOf(parent, colour, format), dataOf(times, points), parent);
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
  }, [theme, colour, hasPoints]);
  useEffect(() => plot.current?.setData(dataOf(times, points)), [endMs, stepMs, points]);

  const known = points.filter((value) => value !== null);
  const latest = known.at(-1) ?? 0, highest = Math.max(0, ...known);
  const words = known.length === 0
    ? "no history yet"
    : `now ${format(latest)}${unit}, at most ${format(highest)}${unit}`;
  return (
    <figure class="chart">
      <figcaption>
        <span>{title}</span> <span class="muted">{words}</span>
      </figcaption>
      <div ref={place} class="chart-area" role="img" aria-label={`${title}: ${words}`} />
    </figure>
  );
}

function dataOf(
  { endMs, stepMs }: ChartProps["times"],
  points: Points,
): uPlot.AlignedData {
  const first = endMs - (points.length - 1) * stepMs;
  return [points.map((_, at) => (first + at * stepMs) / 1000), points];
}

function optionsOf(
  parent: HTMLElement,
  colour: ChartProps["colour"],
  format: (value: number) => string,
): uPlot.Options {
  const text = colourOf(parent, "--chart-text");
  const grid = { stroke: colourOf(parent, "--chart-grid"), width: 1 };
  const axis: uPlot.Axis = { stroke: text, grid, ticks: { show: false }, font: "11px system-ui" };
  return {
    width: parent.clientWidth,
    height: heightPx(),
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 6 } },
    scales: { y: { range: (_, __, max) => [0, max > 0 ? max * 1.1 : 1] } },
    axes: [
      {
        ...axis,
        size: 26,
        values: (_, seconds) => seconds.map((each) => clock(each * 1000).slice(0, 5)),
      },
      { ...axis, size: 46, values: (_, values) => values.map(format) },
    ],
    series: [{}, {
      stroke: colourOf(parent, `--chart-${colour}`),
      fill: colourOf(parent, `--chart-${colour}-fill`),
      width: 1.5,
      points: { show: false },
    }],
  };
}

/** A colour of the style sheet as a canvas understands it: without functions such as light-dark(). */
function colourOf(parent: HTMLElement, name: string): string {
  const probe = parent.appendChild(document.createElement("span"));
  probe.style.color = `var(${name})`;
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
