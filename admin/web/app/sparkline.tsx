/** A small line without axes, for tables. */
import type { Points } from "../../console/contract.ts";

const WIDTH = 96, HEIGHT = 22, PAD = 2;

/** Fewer are not drawn over the whole width: what is not known yet would look like a long time. */
const LEAST_POINTS = 6;

/** Draws what is known of `points`; `label` says in words what the line shows. */
export function Sparkline({ points, label }: { points: Points; label: string }) {
  const known = points.filter((value) => value !== null);
  if (known.length < 2) return <span class="spark-none" title="no history yet">–</span>;
  const max = Math.max(...known);
  const from = Math.min(points.findIndex((value) => value !== null), points.length - LEAST_POINTS);
  const shown = points.slice(Math.max(0, from));
  const y = (value: number) => HEIGHT - PAD - (max === 0 ? 0 : value / max * (HEIGHT - 2 * PAD));
  const x = (at: number) => at / (shown.length - 1) * WIDTH;
  const { line, area } = pathOf(shown, x, y);
  return (
    <svg
      class="spark"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <path class="spark-base" d={`M0 ${HEIGHT - 1}H${WIDTH}`} />
      <path class="spark-area" d={area} />
      <path class="spark-line" d={line} />
    </svg>
  );
}

function pathOf(points: Points, x: (at: number) => number, y: (value: number) => number) {
  let line = "", area = "", from = -1;
  for (let at = 0; at <= points.length; at++) {
    const value = points[at] ?? null;
    if (value === null) {
      if (from >= 0) area += `L${x(at - 1).toFixed(1)} ${HEIGHT}Z`;
      from = -1;
      continue;
    }
    const place = `${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
    line += (from < 0 ? "M" : "L") + place;
    area += from < 0 ? `M${x(at).toFixed(1)} ${HEIGHT}L${place}` : `L${place}`;
    if (from < 0) from = at;
  }
  return { line, area };
}
