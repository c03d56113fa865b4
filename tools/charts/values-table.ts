/**
 * The table of a chart's values. In: the text of values.yaml, in block style, with a comment `# -- …` above each value that a
 * person sets. Out: rows of Markdown; or a sentence for a value without a comment, so that none is forgotten.
 */

/** A value that can be set. */
export type ValueRow = { readonly path: string; readonly standard: string; readonly about: string };

type Line = { readonly number: number; readonly indent: number; readonly text: string };

const keyLine = /^([A-Za-z][\w.-]*):(?:\s+(.*))?$/;

/** The values in their order. Throws `RangeError` that names the line of one without a comment, or that cannot be read. */
export function readValues(text: string): readonly ValueRow[] {
  const lines = text.split('\n').map((line, index) => ({
    number: index + 1,
    indent: line.length - line.trimStart().length,
    text: line.trim(),
  }));
  const rows: ValueRow[] = [];
  /** Keys above, by their indent. */
  const above: { readonly indent: number; readonly key: string }[] = [];
  let about: string[] | undefined;
  for (const [index, line] of lines.entries()) {
    if (line.text.startsWith('#')) {
      about = commentAfter(about, line.text);
      continue;
    }
    if (line.text === '') {
      about = undefined;
      continue;
    }
    const [, key, value] = keyLine.exec(line.text) ?? [];
    if (key === undefined) throw new RangeError(`line ${line.number} is no key in block style; write it so`);
    while ((above.at(-1)?.indent ?? -1) >= line.indent) above.pop();
    const path = [...above.map((each) => each.key), key].join('.');
    const inside = insideOf(lines, index);
    if (about !== undefined) rows.push({ path, standard: standardOf(value, inside), about: about.join(' ') });
    else if (inside.length === 0)
      throw new RangeError(`line ${line.number}: ${path} has no comment; write # -- above it`);
    above.push({ indent: line.indent, key });
    // What lies inside a value that was told of is a part of it.
    if (about !== undefined && inside.length > 0) lines.splice(index + 1, inside.length, ...inside.map(emptied));
    about = undefined;
  }
  return rows;
}

/** The table. */
export function valuesTable(rows: readonly ValueRow[]): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  return [
    '| value | default | |',
    '|---|---|---|',
    ...rows.map(({ path, standard, about }) => `| \`${path}\` | \`${cell(standard)}\` | ${cell(about)} |`),
  ].join('\n');
}

/** The text of a README with the table between its marks. Throws `RangeError` if it has none. */
export function withTable(readme: string, table: string): string {
  const [begin, end] = ['<!-- values: made by `npm run generate` -->', '<!-- end of values -->'];
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)];
  if (from < 0 || to < from)
    throw new RangeError(`the README has no marks ${begin} and ${end}; put them where the table goes`);
  return `${readme.slice(0, from + begin.length)}\n${table}\n${readme.slice(to)}`;
}

function commentAfter(before: string[] | undefined, text: string): string[] | undefined {
  const words = text.replace(/^#\s?/, '');
  if (words.startsWith('-- ')) return [words.slice(3)];
  return before === undefined ? undefined : [...before, words];
}

function insideOf(lines: readonly Line[], index: number): readonly Line[] {
  const own = lines[index]?.indent ?? 0;
  const rest = lines.slice(index + 1);
  const end = rest.findIndex(({ indent, text }) => text !== '' && indent <= own);
  return (end < 0 ? rest : rest.slice(0, end)).filter(({ text }) => text !== '');
}

/** A value on its own line, or what lies inside it on one. */
function standardOf(value: string | undefined, inside: readonly Line[]): string {
  if (value !== undefined) return value.replace(/^'(.*)'$/, '"$1"');
  const shown = inside.filter(({ text }) => !text.startsWith('#')).map(({ text }) => text);
  return `{${shown.join(', ')}}`;
}

function emptied({ number }: Line): Line {
  return { number, indent: 0, text: '' };
}
