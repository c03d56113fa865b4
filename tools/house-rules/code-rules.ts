/**
 * Rules about code that lint cannot state. In: the syntax of a file. Out: breaches: exports without a comment, errors
 * that are swallowed, arrow constants at top level, tests that are focused or skipped without a reason.
 */
import type { Offence } from './offence.ts';
import { isNode, lineAt, walk, type Syntax, type SyntaxNode } from './syntax.ts';

/** Every export has a doc comment of its own; a type and a value of one name share theirs. */
export function exportOffences(syntax: Syntax): Offence[] {
  const { file } = syntax;
  const header = syntax.comments.find((comment) => comment.type === 'Block');
  const documented = new Set<string>();
  const bare: { name: string; line: number }[] = [];
  for (const statement of syntax.body) {
    const declared = isNode(statement['declaration']) ? statement['declaration'] : undefined;
    if (!statement.type.startsWith('Export') || declared === undefined) continue;
    const hasComment = syntax.comments.some(
      (comment) =>
        comment !== header &&
        comment.value.startsWith('*') &&
        comment.end <= statement.start &&
        file.text.slice(comment.end, statement.start).trim() === '',
    );
    for (const name of declaredNames(declared)) {
      if (hasComment) documented.add(name);
      else bare.push({ name, line: lineAt(file, statement.start) });
    }
  }
  return bare
    .filter(({ name }) => !documented.has(name))
    .map(({ name, line }) => ({
      path: file.path,
      line,
      problem: `exports ${name} without a doc comment`,
      remedy: 'say its shape, unit, range, errors and the source of its rule',
    }));
}

function declaredNames(declaration: SyntaxNode): string[] {
  const declarators = declaration['declarations'];
  const named = Array.isArray(declarators) ? declarators.filter(isNode) : [declaration];
  return named.map((node) => {
    const id = node['id'];
    return isNode(id) && typeof id['name'] === 'string' ? id['name'] : 'default';
  });
}

/** No error disappears: a catch block does something, and so does the function given to `.catch`. */
export function swallowOffences(syntax: Syntax): Offence[] {
  const offences: Offence[] = [];
  const add = (node: SyntaxNode): void => {
    offences.push({
      path: syntax.file.path,
      line: lineAt(syntax.file, node.start),
      problem: 'swallows an error',
      remedy: 'return what it means, throw it with a cause, or do not catch it',
    });
  };
  walk(syntax, (node) => {
    if (node.type === 'CatchClause' && isNode(node['body']) && isEmptyBlock(node['body'])) add(node);
    if (node.type !== 'CallExpression' || memberName(node['callee']) !== 'catch') return;
    const [handler] = (node['arguments'] as SyntaxNode[]) ?? [];
    if (handler !== undefined && isNode(handler['body']) && doesNothing(handler['body'])) add(node);
  });
  return offences;
}

function isEmptyBlock(body: SyntaxNode): boolean {
  return body.type === 'BlockStatement' && Array.isArray(body['body']) && body['body'].length === 0;
}

function doesNothing(body: SyntaxNode): boolean {
  const isConstant = body.type === 'Literal' || (body.type === 'Identifier' && body['name'] === 'undefined');
  return isEmptyBlock(body) || isConstant || (body.type === 'UnaryExpression' && body['operator'] === 'void');
}

/**
 * At top level a function is a `function`: its name comes first and it may stand below what uses it. A constant that
 * names its function's type is left alone, since a declaration cannot.
 */
export function arrowOffences(syntax: Syntax): Offence[] {
  const statements = syntax.body.map((statement) =>
    isNode(statement['declaration']) ? statement['declaration'] : statement,
  );
  return statements.flatMap((statement) => {
    const declarators = statement.type === 'VariableDeclaration' ? (statement['declarations'] as SyntaxNode[]) : [];
    return declarators
      .filter((node) => isNode(node['init']) && /^(Arrow)?FunctionExpression$/.test(node['init'].type))
      .filter((node) => isNode(node['id']) && !isNode(node['id']['typeAnnotation']))
      .map((node) => ({
        path: syntax.file.path,
        line: lineAt(syntax.file, node.start),
        problem: 'is a function in a constant at top level',
        remedy: 'write it as a function declaration',
      }));
  });
}

const testFunctions = new Set(['test', 'it', 'describe', 'suite', 'bench']);
const skipping = new Set(['skip', 'skipIf', 'runIf', 'todo']);

/** No test stands alone by `only`; one that may not run names what it needs and how to get it: `(needs X: do Y)`. */
export function testOffences(syntax: Syntax): Offence[] {
  const { file } = syntax;
  const offences: Offence[] = [];
  walk(syntax, (node, around) => {
    if (node.type !== 'MemberExpression') return;
    const [object, name] = [node['object'], memberName(node)];
    const ofTest = isNode(object) && object.type === 'Identifier' && testFunctions.has(String(object['name']));
    const ofContext =
      isNode(object) && object.type === 'Identifier' && /^(context|ctx|t|task)$/.test(String(object['name']));
    const at = { path: file.path, line: lineAt(file, node.start) };
    if (ofTest && name === 'only') {
      offences.push({ ...at, problem: 'runs alone (only)', remedy: 'take the only away' });
    }
    if (!(ofTest && skipping.has(name)) && !(ofContext && name === 'skip')) return;
    const call = outermostCall(node, around);
    // The name comes first; what the test does says nothing about why it did not run.
    const words = file.text.slice(call.start, call.end).split(/=>|\bfunction\b/)[0] ?? '';
    if (!/needs [^:]+: \S/.test(words)) {
      offences.push({ ...at, problem: 'may be skipped without a reason', remedy: 'end its name with (needs X: do Y)' });
    }
  });
  return offences;
}

/** The whole of `test.skipIf(…)(name, run)`: the calls that directly enclose the member. */
function outermostCall(member: SyntaxNode, around: readonly SyntaxNode[]): SyntaxNode {
  let outer = member;
  for (const parent of around.toReversed()) {
    if (parent.type !== 'CallExpression' || parent['callee'] !== outer) break;
    outer = parent;
  }
  return outer;
}

function memberName(node: unknown): string {
  const property = isNode(node) && node.type === 'MemberExpression' ? node['property'] : undefined;
  return isNode(property) && typeof property['name'] === 'string' ? property['name'] : '';
}
