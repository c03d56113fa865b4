/**
 * Days of trades as a Lean recording has them, made up so that rules meet that seldom meet in real ones. In: a seed and
 * what is special about the date. Out: the CSV text: any of the 32 condition bits, alone and together, many trades in
 * one millisecond, quiet half hours, trades through all 24 hours.
 */
import { drawsOf } from './seeded-draw.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Lines `ms,price,size,venue,conditions,suspicious`, in order of time; `skippedHour` has no trades. */
export function leanDay(seed: number, trades: number, skippedHour: number | undefined): string {
  const draw = drawsOf(seed);
  const lines: string[] = [];
  let ms = draw.below(4 * hourMs);
  let price = 1_500_000 + draw.below(200_000);
  for (let count = 0; count < trades && ms < dayMs; count += 1) {
    price += 100 * (draw.below(7) - 3);
    const inSkippedHour = skippedHour !== undefined && Math.floor(ms / hourMs) === skippedHour;
    if (inSkippedHour) ms += hourMs;
    const size = draw.percent(30) ? 1 + draw.below(99) : 100 * (1 + draw.below(40));
    const mask = maskOf(draw);
    lines.push(
      `${ms},${price + 1_000 * draw.below(3)},${size},${draw.of(['P', 'Q', 'Z', 'D'])},${mask},${draw.below(2)}\n`,
    );
    if (draw.percent(55)) ms += draw.below(5 * (dayMs / trades));
    if (draw.below(trades) < 8) ms += hourMs / 2;
  }
  return lines.join('');
}

function maskOf(draw: ReturnType<typeof drawsOf>): string {
  if (draw.percent(40)) return draw.of(['0', '1', '20', '20000020', '10000000']);
  let mask = 0;
  for (let bits = 1 + draw.below(3); bits > 0; bits -= 1) mask |= 1 << draw.below(32);
  return (mask >>> 0).toString(16);
}
