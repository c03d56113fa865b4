/**
 * What a status says of the placement from earlier looks. In: fields of a status. Out: what told figures are compared with, and what
 * a coordinator told, word for word. A status is the operator's own, and an older one may lack anything.
 */
import type { Fields } from './fields.ts';

/** A busy instrument as it is told. */
export type ToldHot = {
  readonly dataset: string;
  readonly symbol: string;
  readonly ticksPerSecond: number;
  readonly partition: number;
  readonly dedicated: boolean;
};

/** What broke order, as it is told. */
export type ToldOrder = { readonly declaredGaps: number; readonly violations: number };

/** A condition as it is told. */
export type ToldCondition = { readonly status: string; readonly reason: string; readonly message: string };

/** What only a coordinator tells; it goes from the status when none runs. */
export type ToldByCoordinator = {
  /** By type. */
  readonly conditions: ReadonlyMap<string, ToldCondition>;
  /** `moves`, and `movesUnderWay` and `plan` if they were told. */
  readonly fields: Readonly<Record<string, unknown>>;
};

/** Earlier looks at the placement. */
export type PlacementMemory = {
  readonly epoch: number | undefined;
  readonly placedPartitions: number | undefined;
  readonly hot: readonly ToldHot[];
  readonly skewPercent: number | undefined;
  readonly order: ToldOrder | undefined;
  /** Undefined unless a coordinator told the last status. */
  readonly byCoordinator: ToldByCoordinator | undefined;
};

/** Reads it. Throws `SpecError` for a status that somebody wrote by hand. */
export function readPlacementMemory(status: Fields): PlacementMemory {
  const order = status.maybeObject('order');
  return {
    epoch: status.maybeInteger('epoch'),
    placedPartitions: status.maybeInteger('placedPartitions'),
    hot: status.objects('hotSymbols').map((hot) => ({
      dataset: hot.text('dataset'),
      symbol: hot.text('symbol'),
      ticksPerSecond: hot.maybeInteger('ticksPerSecond') ?? 0,
      partition: hot.maybeInteger('partition') ?? 0,
      dedicated: hot.flag('dedicated'),
    })),
    skewPercent: status.maybeInteger('skewPercent'),
    order:
      order === undefined
        ? undefined
        : {
            declaredGaps: order.maybeInteger('declaredGaps') ?? 0,
            violations: order.maybeInteger('violations') ?? 0,
          },
    byCoordinator: readToldByCoordinator(status),
  };
}

function readToldByCoordinator(status: Fields): ToldByCoordinator | undefined {
  if (status.maybeInteger('moves') === undefined) return undefined;
  const fields = ['moves', 'movesUnderWay', 'plan'].map((name) => [name, status.raw(name)] as const);
  const conditions = status.objects('conditions').map((condition) => {
    const textOf = (name: string): string => condition.maybeText(name) ?? '';
    const told = { status: textOf('status'), reason: textOf('reason'), message: textOf('message') };
    return [textOf('type'), told] as const;
  });
  return {
    conditions: new Map(conditions),
    fields: Object.fromEntries(fields.filter(([, value]) => value !== undefined)),
  };
}
