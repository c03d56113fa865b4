/**
 * Writes objects as YAML. In: what JSON can hold. Out: block style with two spaces, texts plain where no reader of YAML could
 * take them for something else, and in the quotes of JSON otherwise.
 */

/** A document with its final line feed. `undefined` fields are left out. */
export function yamlText(value: object): string {
  return `${linesOf(value).join('\n')}\n`;
}

const plain = /^[A-Za-z][\w./ ,;()-]*[\w.)]$|^[A-Za-z]$/;
/** What YAML 1.1 or 1.2 reads as another type. */
const reserved = /^(true|false|yes|no|on|off|null|y|n)$/i;

function linesOf(value: unknown): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown) => {
      if (isScalar(item)) return [`- ${scalarOf(item)}`];
      const [first = '', ...rest] = linesOf(item);
      return [`- ${first}`, ...rest.map((line) => `  ${line}`)];
    });
  }
  const fields = Object.entries(value as object).filter(([, field]) => field !== undefined) as [string, unknown][];
  return fields.flatMap(([key, field]) => {
    if (isScalar(field)) return [`${scalarOf(key)}: ${scalarOf(field)}`];
    return [`${scalarOf(key)}:`, ...linesOf(field).map((line) => `  ${line}`)];
  });
}

/** Empty lists and maps stand on one line, too. */
function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null || Object.keys(value).length === 0;
}

function scalarOf(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  const isPlain = plain.test(value) && !reserved.test(value) && !value.includes(' #') && !value.includes('  ');
  return isPlain ? value : JSON.stringify(value);
}
