/**
 * The fields of a log line as JSON can hold them. In: any values. Out: plain ones: big integers and times as text, an
 * error as its message, causes and place. Texts are cut at 2,000 characters and there are at most 32 fields.
 */

/** Values of a log line by name. */
export type LogFields = Readonly<Record<string, unknown>>;

const textMax = 2_000;
const fieldsMax = 32;
const causesMax = 5;
/** Names that every line has already; a field of that name gets an underscore. */
const reserved = new Set(['level', 'time', 'name', 'msg']);

/** Fields that can be written. Beyond the 32nd they are left out and counted in `fieldsLeftOut`. */
export function plainFields(fields: LogFields | undefined): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  if (fields === undefined) return plain;
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  for (const [name, value] of entries.slice(0, fieldsMax))
    plain[reserved.has(name) ? `${name}_` : name] = plainValue(value);
  if (entries.length > fieldsMax) plain['fieldsLeftOut'] = entries.length - fieldsMax;
  return plain;
}

function plainValue(value: unknown): unknown {
  if (typeof value === 'string') return cut(value);
  if (typeof value === 'bigint') return value.toString();
  // JSON has no number for what is not finite.
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'boolean' || value === null) return value;
  if (value instanceof Error) return plainError(value);
  return cut(jsonOf(value));
}

/** `message (cause: …)` and the first line of its stack that names a place. */
function plainError(error: Error): { readonly message: string; readonly at: string } {
  const messages = [`${error.name}: ${error.message}`];
  let cause: unknown = error.cause;
  while (cause instanceof Error && messages.length < causesMax) {
    messages.push(`cause: ${cause.message}`);
    cause = cause.cause;
  }
  const at = error.stack?.split('\n').find((line) => /^\s+at /.test(line)) ?? '';
  return { message: cut(messages.join('; ')), at: cut(at.trim()) };
}

function jsonOf(value: unknown): string {
  try {
    return (
      JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner)) ??
      typeof value
    );
  } catch (error) {
    // Only a circle ends here; the line is worth more than its field.
    return `(cannot be shown: ${String(error).split('\n', 1)[0]})`;
  }
}

function cut(text: string): string {
  return text.length <= textMax ? text : `${text.slice(0, textMax)}…`;
}
