/**
 * The help of a table of options, written from the table, so that it cannot tell of other options than there are. In:
 * options. Out: lines for a person, none longer than asked for.
 */
import type { Option, OptionTable } from './option.ts';

/** Two columns: the flag, and what it is for with its default and environment variable. `widthMax` is in characters. */
export function optionHelp(table: OptionTable, widthMax: number): string[] {
  const names = Object.entries(table).map(([name, option]) => flagText(name, option));
  const width = Math.max(0, ...names.map((name) => name.length));
  return Object.values(table).flatMap((option, index) => {
    const [first = '', ...rest] = wrapText(aboutText(option), widthMax - width - 4);
    const indent = ' '.repeat(width + 4);
    return [`  ${names[index]?.padEnd(width) ?? ''}  ${first}`, ...rest.map((line) => `${indent}${line}`)];
  });
}

/** The words of `text` in lines of at most `width` characters; a longer word has a line of its own. */
export function wrapText(text: string, width: number): string[] {
  const out: string[] = [];
  for (const word of text.split(' ')) {
    const last = out.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) out.push(word);
    else out[out.length - 1] = `${last} ${word}`;
  }
  return out;
}

function flagText(name: string, option: Option<unknown>): string {
  if (option.isSecret === true) return option.env ?? name;
  return option.isSwitch === true ? `--${name}` : `--${name} ${option.placeholder}`;
}

function aboutText(option: Option<unknown>): string {
  const byDefault = option.default === undefined || option.isSwitch === true ? '' : ` Default: ${option.default}.`;
  return `${option.help}${byDefault}${option.env === undefined || option.isSecret === true ? '' : ` Environment: ${option.env}.`}`;
}
