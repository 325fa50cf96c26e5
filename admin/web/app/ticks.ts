/** Round numbers for the axis of a chart. */

const STEPS = [1, 2, 2.5, 5, 10];

/**
 * Where an axis from 0 to `top` has its ticks. Nothing but 0 when all there is is 0.
 *
 * @param most how many there is room for, beside the one at 0
 * @param isWhole whether only whole numbers make sense
 */
export function ticksOf(top: number, most: number, isWhole: boolean): number[] {
  if (!(top > 0)) return [0];
  const rough = top / Math.max(1, most);
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  let step = STEPS.map((each) => each * magnitude).find((each) => each >= rough * 0.999) ?? top;
  if (isWhole) step = Math.max(1, Math.ceil(step));
  const ticks = [];
  for (let at = 0; at * step <= top * 1.000001; at++) {
    ticks.push(Number((at * step).toPrecision(6)));
  }
  return ticks;
}
