/**
 * Pieces of structural schemas, as the API server takes them. In: bounds and descriptions. Out: OpenAPI v3 objects. Every
 * text, list and map has a bound, both by law 7 and because the cost of CEL rules is estimated from it.
 */

/** A rule in CEL; transition rules name `oldSelf`. */
export type Rule = {
  readonly rule: string;
  readonly message: string;
  /** A path from the rule's place, for messages. */
  readonly fieldPath?: string;
};

/** A structural schema. */
export type Schema = {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly description?: string;
  readonly format?: string;
  readonly nullable?: boolean;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'map' | 'set';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-validations'?: readonly Rule[];
};

/** A text of at most `maxLength` characters. */
export function textOf(description: string, maxLength: number, more: Schema = {}): Schema {
  return { type: 'string', description, maxLength, ...more };
}

/** An integer from `minimum` to `maximum`. */
export function countOf(description: string, minimum: number, maximum: number, more: Schema = {}): Schema {
  return { type: 'integer', format: maximum > 2 ** 31 - 1 ? 'int64' : 'int32', description, minimum, maximum, ...more };
}

/** A duration as the processes' options take it: a number and ms, s, m, h or d. */
export function durationOf(description: string, more: Schema = {}): Schema {
  return textOf(description, 13, { pattern: '^[0-9]{1,9}(ms|s|m|h|d)$', ...more });
}

/** An object with these fields; `required` are the names of those that must be given. */
export function objectOf(
  description: string,
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = [],
  more: Schema = {},
): Schema {
  return { type: 'object', description, ...(required.length === 0 ? {} : { required }), properties, ...more };
}

/** A map with free keys. */
export function mapOf(description: string, values: Schema, maxProperties: number, more: Schema = {}): Schema {
  return { type: 'object', description, additionalProperties: values, maxProperties, ...more };
}

/** A list that is replaced whole. */
export function listOf(description: string, items: Schema, maxItems: number, more: Schema = {}): Schema {
  return { type: 'array', description, items, maxItems, 'x-kubernetes-list-type': 'atomic', ...more };
}

/** A list of objects in which these fields tell one from the other. */
export function keyedListOf(
  description: string,
  items: Schema,
  keys: readonly string[],
  maxItems: number,
  more: Schema = {},
): Schema {
  return {
    ...listOf(description, items, maxItems, more),
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': keys,
  };
}

/** Something of Kubernetes that is passed on as it is, and checked when it gets there. */
export function passedOn(description: string, type: 'object' | 'array', maxItems = 64): Schema {
  if (type === 'object') return { type, description, 'x-kubernetes-preserve-unknown-fields': true };
  const items: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return { type, description, items, maxItems, 'x-kubernetes-list-type': 'atomic' };
}
