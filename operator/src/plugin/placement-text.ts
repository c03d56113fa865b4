/**
 * Where instruments live, for a terminal. In: TickStreams as the API has them, and the time. Out: lines: moves under way, the busiest
 * instruments, or what would be moved. Pure; it shows what the status says, which is bounded, and says so where there is more.
 */
import type { KubeObject } from '@tapeline/kubernetes';
import { Fields } from '../crd/fields.ts';

/** What can be shown. */
export type PlacementView = 'plan' | 'moves' | 'top';

/** The lines of one stream, without line feeds. */
export function placementLines(view: PlacementView, stream: KubeObject, nowMs: number): readonly string[] {
  const status = new Fields(stream['status'] ?? {}, 'status');
  const mode = modeOf(stream);
  const { namespace = '', name } = stream.metadata;
  const head = (text: string): string => `${namespace}/${name}  ${text}`;
  if (status.maybeInteger('epoch') === undefined) return [head('not looked at yet: is the operator running?')];
  switch (view) {
    case 'moves':
      return movesLines(status, mode, head, nowMs);
    case 'top':
      return topLines(status, head);
    case 'plan':
      return planLines(status, mode, head);
  }
}

type Head = (text: string) => string;

function movesLines(status: Fields, mode: string, head: Head, nowMs: number): readonly string[] {
  const [count, epoch] = [status.maybeInteger('moves') ?? 0, status.maybeInteger('epoch') ?? 0];
  const listed = status.objects('movesUnderWay');
  const partitions = `instruments live in ${partitionsText(status)}`;
  return [
    head(`epoch ${epoch}, ${partitions}, ${count === 0 ? 'nothing is under way' : `${many(count, 'move')} under way`}`),
    ...(count === 0 && mode !== 'Auto' ? [`  spec.placement.mode is ${mode}: nothing begins to move`] : []),
    ...listed.map((move) => {
      const places = `${numberIn(move, 'from')} to ${numberIn(move, 'to')}`;
      return `  ${nameOf(move)}  ${places}  epoch ${numberIn(move, 'epoch')}  ${move.maybeText('phase') ?? '?'}${ageText(move, nowMs)}`;
    }),
    ...moreLine(count, listed.length),
  ];
}

function topLines(status: Fields, head: Head): readonly string[] {
  const hot = status.objects('hotSymbols');
  const skew = status.maybeInteger('skewPercent');
  const told = skew === undefined ? 'rates are not known yet' : `the busiest carries some ${skew} % of the mean`;
  return [
    head(`${partitionsText(status)}; ${told}`),
    ...hot.map((each) => {
      const own = each.flag('dedicated') ? ', its own' : '';
      return `  ${nameOf(each)}  about ${numberIn(each, 'ticksPerSecond')} ticks/s  partition ${numberIn(each, 'partition')}${own}`;
    }),
  ];
}

function planLines(status: Fields, mode: string, head: Head): readonly string[] {
  if (mode === 'Auto')
    return [head('spec.placement.mode is Auto: what is planned is moved at once; see kubectl tapeline moves')];
  if (mode !== 'Propose')
    return [head(`spec.placement.mode is ${mode}: nothing is planned; Propose plans and moves nothing`)];
  const plan = status.maybeObject('plan');
  if (plan === undefined) return [head('there is no plan yet: rates are not known')];
  const count = plan.maybeInteger('count') ?? 0;
  const moves = plan.objects('moves');
  const [before, after] = [status.maybeInteger('skewPercent'), plan.maybeInteger('skewPercent')];
  const skew =
    before === undefined || after === undefined ? '' : `; the busiest carries ${before} % of the mean, then ${after} %`;
  const what = count === 0 ? 'nothing would be moved' : `${many(count, 'move')} would be made${skew}`;
  return [
    head(`${what}; ${many(plan.maybeInteger('partitionsWanted') ?? 1, 'partition')} would carry all at the target`),
    ...moves.map((move) => `  ${move.maybeText('why') ?? nameOf(move)}`),
    ...moreLine(count, moves.length),
    ...(count === 0 ? [] : ['  set spec.placement.mode to Auto to have them made']),
  ];
}

function modeOf(stream: KubeObject): string {
  return new Fields(stream['spec'] ?? {}, 'spec').maybeObject('placement')?.maybeText('mode') ?? 'Auto';
}

function partitionsText(status: Fields): string {
  const [placed, base] = [status.maybeInteger('placedPartitions'), status.maybeInteger('basePartitions')];
  if (placed === undefined) return 'partitions not seen yet';
  return `${placed} partitions${base === undefined || base === placed ? '' : `, ${base} at first`}`;
}

function moreLine(count: number, shown: number): readonly string[] {
  return count > shown ? [`  and ${count - shown} more`] : [];
}

function many(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function nameOf(fields: Fields): string {
  return `${fields.maybeText('dataset') ?? '?'}/${fields.maybeText('symbol') ?? '?'}`;
}

function numberIn(fields: Fields, name: string): string {
  return String(fields.maybeInteger(name) ?? '?');
}

function ageText(move: Fields, nowMs: number): string {
  const sinceMs = Date.parse(move.maybeText('since') ?? '');
  if (Number.isNaN(sinceMs)) return '';
  const seconds = Math.max(0, Math.round((nowMs - sinceMs) / 1_000));
  return ` for ${seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`}`;
}
