/**
 * Reads fields of an object by their paths. In: what the API holds. Out: values of the type that is asked for, or a `SpecError`
 * that names the field. The API server has checked objects of ours; one that an older schema let in is still told well.
 */
import { readDuration } from '@tapeline/runtime';

/** A field that cannot be used; the message names it. */
export class SpecError extends Error {
  override name = 'SpecError';
}

/** The fields of one object. */
export class Fields {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #path: string;

  /** Throws `SpecError` for what is no object. */
  constructor(value: unknown, path: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new SpecError(`${path} is no object; correct it`);
    }
    this.#values = value as Readonly<Record<string, unknown>>;
    this.#path = path;
  }

  /** Names that have a value, null included. */
  get names(): readonly string[] {
    return Object.keys(this.#values).filter((name) => this.#values[name] !== undefined);
  }

  /** Whether it has a value, null included. */
  has(name: string): boolean {
    return this.#values[name] !== undefined;
  }

  /** As it is. */
  raw(name: string): unknown {
    return this.#values[name];
  }

  text(name: string): string {
    return this.#need(name, this.maybeText(name));
  }

  maybeText(name: string): string | undefined {
    return this.#typed(name, 'text', (value): value is string => typeof value === 'string');
  }

  /** One of `choices`. */
  choice<Choice extends string>(name: string, choices: readonly Choice[], fallback?: Choice): Choice {
    const value = this.maybeText(name) ?? fallback;
    const found = choices.find((choice) => choice === value);
    if (found !== undefined) return found;
    throw new SpecError(`${this.pathOf(name)} is none of ${choices.join(', ')}; correct it`);
  }

  integer(name: string): number {
    return this.#need(name, this.maybeInteger(name));
  }

  maybeInteger(name: string): number | undefined {
    return this.#typed(name, 'whole number', (value): value is number => Number.isSafeInteger(value));
  }

  flag(name: string): boolean {
    return this.#typed(name, 'true or false', (value): value is boolean => typeof value === 'boolean') ?? false;
  }

  /** A duration as text, with its ms. */
  maybeDurationMs(name: string): number | undefined {
    const text = this.maybeText(name);
    if (text === undefined) return undefined;
    const ms = readDuration(text);
    if (Number.isNaN(ms)) throw new SpecError(`${this.pathOf(name)} is no duration such as 7d; correct it`);
    return ms;
  }

  object(name: string): Fields {
    return new Fields(this.#values[name], this.pathOf(name));
  }

  maybeObject(name: string): Fields | undefined {
    return this.has(name) ? this.object(name) : undefined;
  }

  /** The objects of a list; none if it is absent. */
  objects(name: string): readonly Fields[] {
    return this.#list(name).map((value, index) => new Fields(value, `${this.pathOf(name)}[${index}]`));
  }

  texts(name: string): readonly string[] {
    return this.#need(name, this.maybeTexts(name));
  }

  maybeTexts(name: string): readonly string[] | undefined {
    if (!this.has(name)) return undefined;
    const items = this.#list(name);
    if (items.every((item) => typeof item === 'string')) return items;
    throw new SpecError(`${this.pathOf(name)} is no list of texts; correct it`);
  }

  /** A map whose values `read` takes; empty if it is absent. */
  map<Value>(name: string, read: (fields: Fields, key: string) => Value): Readonly<Record<string, Value>> {
    const fields = this.maybeObject(name);
    return Object.fromEntries((fields?.names ?? []).map((key) => [key, read(fields as Fields, key)]));
  }

  /** Where a field is, for messages. */
  pathOf(name: string): string {
    return `${this.#path}.${name}`;
  }

  #list(name: string): readonly unknown[] {
    return this.#typed(name, 'list', (value): value is readonly unknown[] => Array.isArray(value)) ?? [];
  }

  #typed<Value>(name: string, what: string, isIt: (value: unknown) => value is Value): Value | undefined {
    const value = this.#values[name];
    if (value === undefined || value === null) return undefined;
    if (isIt(value)) return value;
    throw new SpecError(`${this.pathOf(name)} is no ${what}; correct it`);
  }

  #need<Value>(name: string, value: Value | undefined): Value {
    if (value !== undefined) return value;
    throw new SpecError(`${this.pathOf(name)} is missing; give it`);
  }
}
