/**
 * Reads the syntax of one file of TypeScript or JavaScript. In: its text. Out: comments, imports and the tree, as the
 * parser of our bundler gives them, so that no rule mistakes a word in a string for code.
 */
import { parseSync } from 'vite';
import type { TextFile } from './repository.ts';

/** A node of the tree: its type, where it stands in the text, and its parts under the names of the ESTree standard. */
export type SyntaxNode = { readonly type: string; readonly start: number; readonly end: number } & {
  readonly [part: string]: unknown;
};

/** A comment; `value` is what stands between its marks. */
export type Comment = {
  readonly type: 'Block' | 'Line';
  readonly value: string;
  readonly start: number;
  readonly end: number;
};

/** One `import … from`, `export … from` or `import()` of a text that is known. */
export type Import = { readonly from: string; readonly line: number };

/** A file and its syntax. */
export type Syntax = {
  readonly file: TextFile;
  readonly body: readonly SyntaxNode[];
  readonly comments: readonly Comment[];
};

/** Parses a file. Throws `SyntaxError` with the parser's message if the text is not valid. */
export function parse(file: TextFile): Syntax {
  const parsed = parseSync(file.path, file.text);
  const [error] = parsed.errors;
  if (error !== undefined) throw new SyntaxError(`${file.path}: ${error.message}`);
  // The parser's own types name every kind of node; the rules ask for a handful of parts and check them as they go.
  const program = parsed.program as unknown as { body: SyntaxNode[] };
  return { file, body: program.body, comments: parsed.comments };
}

/** The line, from 1, on which an offset of the text stands. */
export function lineAt(file: TextFile, offset: number): number {
  return file.text.slice(0, offset).split('\n').length;
}

/** Calls `visit` for every node, parents first, each with the nodes around it, the nearest last. */
export function walk(syntax: Syntax, visit: (node: SyntaxNode, around: readonly SyntaxNode[]) => void): void {
  const around: SyntaxNode[] = [];
  const descend = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) descend(item);
    if (!isNode(value)) return;
    visit(value, around);
    around.push(value);
    for (const part of Object.values(value)) descend(part);
    around.pop();
  };
  descend(syntax.body);
}

/** Whether a part of a node is a node itself. */
export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** Everything the file imports or re-exports from, types included. */
export function importsOf(syntax: Syntax): Import[] {
  const imports: Import[] = [];
  walk(syntax, (node) => {
    const source = node['source'];
    if (isNode(source) && typeof source['value'] === 'string') {
      imports.push({ from: source['value'], line: lineAt(syntax.file, node.start) });
    }
  });
  return imports;
}
