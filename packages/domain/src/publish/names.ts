/**
 * Names that a caller gives: datasets and symbols. In: text. Out: nothing, or a refusal that names field, value and
 * limit. What passes here the log's decoder takes as well.
 */
import { nameCharactersMax } from '../log/log-dictionary.ts';
import { charactersIn } from '../log/text.ts';
import { PublishRefusedError, quoted } from './refusal.ts';

/** Why `name` is no dataset or symbol, as the end of a sentence; `undefined` if it is one. */
export function nameProblem(name: string): string | undefined {
  if (name.length >= 1 && name.length <= nameCharactersMax && isPlain(name)) return undefined;
  if (name.includes('\ufffd') || hasLoneSurrogate(name)) return 'is no valid UTF-8; send the name in UTF-8';
  const characters = charactersIn(name);
  if (characters >= 1 && characters <= nameCharactersMax) return undefined;
  return `has ${characters} characters; give 1 to ${nameCharactersMax}`;
}

/** Throws FIELD_INVALID unless `name` is a name; `field` as the contract calls it. */
export function checkName(field: string, name: string): void {
  const problem = nameProblem(name);
  if (problem === undefined) return;
  const facts = { field, value: name, min: '1', max: String(nameCharactersMax) };
  throw new PublishRefusedError('FIELD_INVALID', `${field} ${quoted(name)} ${problem}`, facts);
}

function isPlain(name: string): boolean {
  for (let index = 0; index < name.length; index += 1) if (name.charCodeAt(index) >= 0x80) return false;
  return true;
}

function hasLoneSurrogate(name: string): boolean {
  for (const character of name) {
    const point = character.codePointAt(0) as number;
    if (point >= 0xd800 && point <= 0xdfff) return true;
  }
  return false;
}
