/**
 * A CSV recording of several instruments and dates, made up so that rules meet that seldom meet in real ones. In: a
 * seed and dates. Out: the text: sale conditions of every kind on every tape, equal times, gaps, lines out of order,
 * cancels and corrections, some of them before their trade.
 */
import { type Draw, drawsOf } from './seeded-draw.ts';

/** One stretch of trading: its first instant as RFC 3339, and how many hours it lasts. */
export type TradingStretch = { readonly from: string; readonly hours: number };

type Line = { readonly ns: bigint; readonly text: string };
type Printed = { readonly id: string; readonly tape: string; readonly ns: bigint };

const header = 'ts_event,symbol,price,size,conditions,tape,trade_id,kind,original_trade_id';
const codes = '@ F E O 5 6 X K S Y A D 1 B L G 4 P R Z I W C N H T U V 7 M Q 9 ? zz'.split(' ');

/** With 6 hours of delay well within the horizon of a replay, a day. */
const amendedWithinNs = 21_600_000_000_000n;

/** Symbols with the decimals of their prices and sizes. */
const symbols: readonly (readonly [string, number, number])[] = [
  ['ABC', 2, 0],
  ['DEF', 4, 0],
  ['GHI', 9, 3],
];

/** The text of a file with `lines` lines, evenly over the stretches. */
export function csvRecording(seed: number, lines: number, stretches: readonly TradingStretch[]): string {
  const draw = drawsOf(seed);
  const text = [header];
  for (const stretch of stretches) {
    const rows: Line[] = [];
    for (const [symbol, priceDecimals, sizeDecimals] of symbols) {
      const count = Math.floor(lines / stretches.length / symbols.length);
      rows.push(...linesOf(draw, stretch, count, { symbol, priceDecimals, sizeDecimals }));
    }
    text.push(...disordered(draw, rows).map((row) => row.text));
  }
  return `${text.join('\n')}\n`;
}

type Named = { readonly symbol: string; readonly priceDecimals: number; readonly sizeDecimals: number };

function linesOf(draw: Draw, stretch: TradingStretch, count: number, named: Named): Line[] {
  const { symbol, priceDecimals, sizeDecimals } = named;
  const lines: Line[] = [];
  const printed: Printed[] = [];
  const fromNs = BigInt(Date.parse(stretch.from)) * 1_000_000n;
  const stepMs = Math.floor((stretch.hours * 3_600_000) / count);
  let ns = fromNs;
  let cents = 10_000 + draw.below(5_000);
  for (let index = 0; index < count; index += 1) {
    cents += draw.below(9) - 4;
    const price = decimal(BigInt(cents) * 10n ** BigInt(priceDecimals - 2) + BigInt(draw.below(3)), priceDecimals);
    const size = decimal(BigInt(1 + draw.below(500)), sizeDecimals);
    const amendable = printed.slice(-200).filter((trade) => ns - trade.ns < amendedWithinNs);
    const amended = draw.percent(8) && amendable.length > 0 ? draw.of(amendable) : undefined;
    const id = `${symbol}-${stretch.from.slice(0, 10)}-${index}`;
    const tape = amended?.tape ?? draw.of(['A', 'B', 'C', '']);
    const kind = amended === undefined ? 'trade' : draw.percent(50) ? 'cancel' : 'correction';
    const values = kind === 'cancel' ? ['', '', ''] : [price, size, codesOf(draw)];
    lines.push({ ns, text: [timeText(draw, ns), symbol, ...values, tape, id, kind, amended?.id ?? ''].join(',') });
    if (kind === 'trade') printed.push({ id, tape, ns });
    if (draw.percent(60)) ns += BigInt(draw.below(3 * stepMs)) * 1_000_000n + BigInt(draw.below(1_000_000));
  }
  return lines.filter((line) => line.ns < fromNs + BigInt(stretch.hours * 3_600) * 1_000_000_000n);
}

function codesOf(draw: Draw): string {
  if (draw.percent(40)) return draw.of(['', '@', '@ F', 'E']);
  return Array.from({ length: 1 + draw.below(3) }, () => draw.of(codes)).join(' ');
}

function decimal(units: bigint, decimals: number): string {
  const digits = units.toString().padStart(decimals + 1, '0');
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

function timeText(draw: Draw, ns: bigint): string {
  if (draw.percent(50)) return ns.toString();
  const whole = new Date(Number(ns / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  return `${whole}.${(ns % 1_000_000_000n).toString().padStart(9, '0')}Z`;
}

/** In order of time, but for one line in twenty, which comes up to 6 hours later. */
function disordered(draw: Draw, lines: readonly Line[]): Line[] {
  const arriving = lines.map((line) => {
    const lateNs = draw.percent(5) ? BigInt(draw.below(21_600)) * 1_000_000_000n : 0n;
    return { line, ns: line.ns + lateNs };
  });
  const inOrder = arriving.toSorted((left, right) => (left.ns < right.ns ? -1 : left.ns > right.ns ? 1 : 0));
  return inOrder.map(({ line }) => line);
}
