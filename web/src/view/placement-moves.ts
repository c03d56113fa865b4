/**
 * A move as a line. In: a move. Out: what goes where, its phases with the one it is in marked, and how long it took or takes
 * by the age that the server tells, not by the clock of the browser.
 */
import { type Move, phases } from '../data/placement.ts';
import { durationText } from '../data/time-text.ts';
import { made } from './element.ts';

const phaseTexts = {
  published: 'Published',
  moved: 'Move in the log',
  'handed-over': 'Handed over',
  arrived: 'Arrived',
} as const;

/** A move that takes longer in a phase is stuck, ms. */
const stuckMs = 30_000;

/** The line. */
export function moveItem(move: Move): HTMLElement {
  const { symbol, dataset, from, to, epoch, phase, phaseAgeMs } = move;
  const item = made('li', '');
  item.dataset['phase'] = phase;
  if (phase !== 'arrived' && phaseAgeMs > stuckMs) item.dataset['tone'] = 'bad';
  const name = made('span', 'name');
  name.append(made('strong', '', symbol), made('small', '', dataset));
  const way = made('span', 'way', `${Number.isNaN(from) ? '?' : from} → ${to}`);
  way.title = `epoch ${epoch}`;
  const steps = made('span', 'steps');
  steps.role = 'img';
  steps.ariaLabel = phaseTexts[phase];
  const reached = phases.indexOf(phase);
  steps.append(...phases.map((_, index) => made('i', index <= reached ? 'done' : '')));
  item.append(name, way, steps, made('span', 'phase', phaseTexts[phase]), made('span', 'age', ageText(move)));
  return item;
}

function ageText({ phase, ageMs, pauseMs }: Move): string {
  if (phase !== 'arrived') return durationText(ageMs);
  return Number.isNaN(pauseMs) ? durationText(ageMs) : `paused ${durationText(pauseMs)}`;
}
