/** Flags, environment and defaults: which goes first, what is refused, and that everything wrong is said at once. */
import { expect, test } from 'vitest';
import { optionHelp } from './option-help.ts';
import { integerOption, listOption, secretOption, switchOption, textOption } from './option-kinds.ts';
import { type CommandLine, readOptions } from './read-options.ts';

const table = {
  port: integerOption({ help: 'Port.', min: 0, max: 65_535, default: 8_080, env: 'TAPELINE_PORT' }),
  name: textOption({ help: 'Name.', charsMax: 8 }),
  once: switchOption({ help: 'End after the replay.', env: 'TAPELINE_ONCE' }),
  file: listOption({ help: 'Files.', itemsMax: 3, itemCharsMax: 20, separator: '\n', env: 'TAPELINE_FILE' }),
};

function read(args: readonly string[], env: Record<string, string> = {}): CommandLine<typeof table> {
  return readOptions(table, args, env);
}

function problemsOf(line: CommandLine<typeof table>): readonly string[] {
  return line.kind === 'wrong' ? line.problems : [];
}

test('a flag goes before the environment, the environment before the default', () => {
  expect(read([])).toMatchObject({ values: { port: 8_080, once: false } });
  expect(read([], { TAPELINE_PORT: '81' })).toMatchObject({ values: { port: 81 } });
  expect(read(['--port', '82'], { TAPELINE_PORT: '81' })).toMatchObject({ values: { port: 82 } });
});

test('an empty variable counts as not given, and one that no option names is not read', () => {
  expect(read([], { TAPELINE_PORT: '', TAPELINE_NAME: 'x' })).toEqual({
    kind: 'read',
    operands: [],
    values: { port: 8_080, once: false },
  });
});

test('a switch stands alone, takes no text behind it, and may be switched off', () => {
  expect(read(['--once', 'a.csv'])).toMatchObject({ values: { once: true }, operands: ['a.csv'] });
  expect(read(['--once=false'], { TAPELINE_ONCE: '1' })).toMatchObject({ values: { once: false } });
  expect(problemsOf(read(['--once=maybe']))).toEqual([
    '--once "maybe" is neither true nor false; give one of them, or the flag alone',
  ]);
});

test('a list takes what follows it, several flags, and commas in its items', () => {
  expect(read(['a', '--file', 'b', 'c,d', '--name', 'n', 'e', '--file=f', 'g'])).toMatchObject({
    operands: ['a', 'e', 'g'],
    values: { file: ['b', 'c,d', 'f'] },
  });
  expect(read(['--file', 'b', '--', 'c'])).toMatchObject({ operands: ['c'], values: { file: ['b'] } });
});

test('a list beyond its bounds is refused', () => {
  expect(problemsOf(read(['--file', 'a', 'b', 'c', 'd']))).toEqual([
    '--file "a\\nb\\nc\\nd" has 4 items, the limit is 3; shorten it',
  ]);
  expect(problemsOf(read(['--file', 'x'.repeat(21)]))[0]).toContain('of 21 characters, the limit is 20; shorten it');
  expect(problemsOf(read(['--file='], {}))).toEqual([
    '--file "" has an empty item; give texts with one separator between two',
  ]);
});

test('whatever is wrong, by flag or by environment, is said at once, each with its source', () => {
  const problems = problemsOf(
    read(['--name', '123456789', '--prot', '1', '--file'], { TAPELINE_PORT: '65536', TAPELINE_ONCE: 'yes' }),
  );
  expect(problems).toEqual([
    'there is no option --prot; there are --port, --name, --once, --file, --help',
    '--file has no value; write --file A,B',
    'TAPELINE_PORT "65536" is no whole number from 0 to 65535; give one, such as 8080',
    '--name "123456789" has 9 characters, the limit is 8; shorten it',
    'TAPELINE_ONCE "yes" is neither true nor false; give one of them, or the flag alone',
  ]);
});

test('help is help, whatever else is wrong; the name of a built-in property is no option', () => {
  expect(read(['--prot', '-h'])).toEqual({ kind: 'help' });
  expect(problemsOf(read(['--toString', '--constructor=1'])).length).toBe(2);
});

test('of many options an unknown one is answered with those that look most like it', () => {
  const many = Object.fromEntries(
    Array.from({ length: 40 }, (_, place) => [`option-${place}`, textOption({ help: 'One.', charsMax: 8 })]),
  );
  const answer = readOptions({ ...many, 'data-dir': textOption({ help: 'Where.', charsMax: 8 }) }, ['--datadir=x'], {});
  expect(answer).toMatchObject({ kind: 'wrong' });
  expect(answer.kind === 'wrong' ? answer.problems : []).toEqual([
    expect.stringMatching(/^there is no option --datadir; there are --data-dir, .* and 37 more, which --help tells$/),
  ]);
});

test('what follows an unknown option is taken for its value, and what stands elsewhere is told beside the problems', () => {
  expect(read(['--nmae', 'a', 'b.csv'])).toMatchObject({ kind: 'wrong', operands: ['b.csv'] });
  expect(read(['a.csv', '--nmae=a', 'b.csv'])).toMatchObject({ kind: 'wrong', operands: ['a.csv', 'b.csv'] });
});

test('a secret comes by the environment alone, is never shown, and no flag of it is told of', () => {
  const secrets = { ...table, pass: secretOption({ help: 'Password.', charsMax: 6, env: 'TAPELINE_PASS' }) };
  expect(readOptions(secrets, [], { TAPELINE_PASS: 'hush' })).toMatchObject({ values: { pass: 'hush' } });
  expect(readOptions(secrets, ['--pass', 'hush'], {})).toMatchObject({
    problems: ['--pass would be seen by others on this machine; set TAPELINE_PASS in the environment'],
    operands: [],
  });
  expect(readOptions(secrets, [], { TAPELINE_PASS: 'too long' })).toMatchObject({
    problems: ['TAPELINE_PASS has 8 characters, the limit is 6; shorten it'],
  });
  expect(JSON.stringify(readOptions(secrets, ['--word'], {}))).not.toContain('--pass');
  const help = optionHelp(secrets, 100).join('\n');
  expect(help).toContain('  TAPELINE_PASS');
  expect(help).not.toContain('--pass');
});
