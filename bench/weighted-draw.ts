/**
 * Draws from counted distributions. In: values with weights, or quantiles. Out: functions from a random source to a
 * value. A look-up table of 4,096 places stands for the weights, so that ten million draws are cheap.
 */
import type { Weighted } from './fitted-days.ts';
import type { SeededRandom } from './seeded-random.ts';

const places = 4_096;

/** A draw of one of the values; weights below 1 in 8,192 of all are rounded away, but none is left out altogether. */
export function weightedDraw<Value>(weighted: Weighted<Value>): (random: SeededRandom) => Value {
  const total = weighted.reduce((sum, [, weight]) => sum + weight, 0);
  const table: Value[] = [];
  for (const [value, weight] of weighted) {
    const share = Math.max(1, Math.round((weight / total) * places));
    for (let place = 0; place < share; place += 1) table.push(value);
  }
  return (random) => table[random.below(table.length)] as Value;
}

/** A draw by quantiles, geometric between two of them, scaled to a mean of 1. */
export function quantileDraw(
  quantiles: readonly (readonly [probability: number, value: number])[],
): (random: SeededRandom) => number {
  let mean = 0;
  for (let index = 1; index < quantiles.length; index += 1) {
    const [fromProbability, from] = quantiles[index - 1] as readonly [number, number];
    const [toProbability, to] = quantiles[index] as readonly [number, number];
    mean += (toProbability - fromProbability) * ((to - from) / Math.log(to / from));
  }
  return (random) => {
    const unit = random.unit();
    let index = 1;
    while (index < quantiles.length - 1 && (quantiles[index] as readonly [number, number])[0] <= unit) index += 1;
    const [fromProbability, from] = quantiles[index - 1] as readonly [number, number];
    const [toProbability, to] = quantiles[index] as readonly [number, number];
    const way = (unit - fromProbability) / (toProbability - fromProbability);
    return (from * (to / from) ** way) / mean;
  };
}
