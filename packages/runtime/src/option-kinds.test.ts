/** What each kind of option takes and refuses, and the help that is written from it. */
import { expect, test } from 'vitest';
import type { Option } from './option.ts';
import { optionHelp } from './option-help.ts';
import {
  bytesOption,
  choiceOption,
  decimalOption,
  durationOption,
  integerOption,
  switchOption,
  textOption,
} from './option-kinds.ts';
import { bytesText, durationText } from './unit-text.ts';

const help = 'It.';
const linger = durationOption({ help, min: '1ms', max: '1s', default: '5ms' });
const block = bytesOption({ help, min: '1KiB', max: '4MiB', default: '64KiB' });
const share = decimalOption({ help, min: 0, max: 1, default: 0.25 });
const depth = integerOption({ help, min: -5, max: 1_000, unit: 'ticks' });
const shape = choiceOption(['json', 'text'], { help, default: 'json' });
const word = textOption({ help, charsMax: 5, pattern: { fits: /^[a-z]+$/, form: 'small letters' } });

test.each<[Option<unknown>, string, unknown]>([
  [linger, '1ms', 1],
  [linger, '1s', 1_000],
  [block, '1KiB', 1_024],
  [block, '4096KiB', 4_194_304],
  [share, '0.5', 0.5],
  [share, '1', 1],
  [depth, '-5', -5],
  [depth, '1000', 1_000],
  [shape, 'text', 'text'],
  [word, 'abc', 'abc'],
])('%#: %s is taken', (option, text, value) => {
  expect(option.read(text)).toEqual({ value });
});

test.each<[Option<unknown>, string, string]>([
  [linger, '0ms', 'is no duration from 1ms to 1s; write a number and ms, s, m, h or d, such as 1s'],
  [linger, '2s', 'is no duration from 1ms to 1s'],
  [linger, '5', 'is no duration'],
  [linger, '1toString', 'is no duration'],
  [block, '5MiB', 'is no size from 1KiB to 4MiB; write a number and B, KiB, MiB or GiB, such as 4MiB'],
  [block, '1KB', 'is no size'],
  [share, '1.01', 'is no number from 0 to 1; give one, such as 0.25'],
  [share, '1e-3', 'is no number'],
  [share, '', 'is no number'],
  [depth, '1001', 'is no whole number from -5 to 1000 ticks; give one, such as -5'],
  [depth, '1.5', 'is no whole number'],
  [depth, '0x10', 'is no whole number'],
  [shape, 'JSON', 'is none of json, text; take one of them'],
  [word, '', 'is empty; give a text or leave the option away'],
  [word, 'abcdef', 'has 6 characters, the limit is 5; shorten it'],
  [word, 'ABC', 'is not small letters; correct it'],
])('%#: %s is refused: %s', (option, text, problem) => {
  expect(option.read(text)).toEqual({ problem: expect.stringContaining(problem) });
});

test('a default outside its own bounds is refused when the table is made', () => {
  expect(() => integerOption({ help: 'Port.', min: 1, max: 9, default: 10 })).toThrow(
    'the default "10" is no whole number from 1 to 9; give one, such as 10 (Port.)',
  );
  expect(() => durationOption({ help, min: '1s', max: '2s', default: '3s' })).toThrow(RangeError);
});

test('durations and sizes are written in their largest whole unit', () => {
  expect([0, 1, 1_500, 90_000, 3_600_000, 172_800_000].map(durationText)).toEqual([
    '0s',
    '1ms',
    '1500ms',
    '90s',
    '1h',
    '2d',
  ]);
  expect([0, 1, 1_536, 65_536, 4_194_304].map(bytesText)).toEqual(['0B', '1B', '1536B', '64KiB', '4MiB']);
});

test('the help names bounds, unit, default and environment, within its width', () => {
  const table = {
    linger: durationOption({
      help: 'How long ticks wait for company.',
      min: '0s',
      max: '1s',
      default: '5ms',
      env: 'LINGER',
    }),
    once: switchOption({ help: 'Ends after the replay.', env: 'ONCE' }),
  };
  expect(optionHelp(table, 60)).toEqual([
    '  --linger 5ms  How long ticks wait for company. 0s to 1s.',
    '                Default: 5ms. Environment: LINGER.',
    '  --once        Ends after the replay. Environment: ONCE.',
  ]);
  expect(optionHelp({}, 60)).toEqual([]);
});
