/** Events of moves: one for each kind and time, however many moves there were. */
import type { PlacementEvent } from '@tapeline/control';
import { expect, test } from 'vitest';
import { isTold, moveEvents } from './move-events.ts';

function event(kind: PlacementEvent['kind'], symbol: string, isWarning = false): PlacementEvent {
  return { kind, isWarning, message: `${symbol} ${kind}` };
}

test('published, done and stuck are told, steps between them are not', () => {
  const events = [
    event('Published', 'A'),
    event('Moved', 'A'),
    event('HandedOver', 'A'),
    event('MoveStuck', 'B', true),
    event('Published', 'C'),
    event('Arrived', 'A'),
  ];
  expect(moveEvents(events)).toEqual([
    { type: 'Normal', reason: 'MovePublished', action: 'Move', note: 'A Published; C Published' },
    { type: 'Warning', reason: 'MoveStuck', action: 'Move', note: 'B MoveStuck' },
    { type: 'Normal', reason: 'MoveDone', action: 'Move', note: 'A Arrived' },
  ]);
  expect(events.map(isTold)).toEqual([true, false, false, true, true, true]);
  expect(moveEvents([])).toEqual([]);
});

test('many at once are one event', () => {
  const events = Array.from({ length: 16 }, (_, n) => event('Published', `S${n}`));
  expect(moveEvents(events)).toEqual([
    {
      type: 'Normal',
      reason: 'MovePublished',
      action: 'Move',
      note: 'S0 Published; S1 Published; S2 Published; S3 Published; S4 Published; and 11 more',
    },
  ]);
});
