/**
 * `GET /v1/placement`. In: nothing, or the symbol of an instrument. Out: partitions with their loads, moves under way and over, as
 * they are now; with a symbol also where that instrument lives. To be asked again every second by whoever wants to see it change:
 * it is made twice a second at most, however many ask.
 */
import { Placement } from '@tapeline/domain';
import type { QueryParts } from '../query-parts.ts';
import { type PlacementJson, placementJson } from '../placement/placement-json.ts';
import { instrumentOf } from './api-routes.ts';
import { type HttpAnswer, jsonAnswer } from './http-answer.ts';
import { QueryParams } from './query-params.ts';

/** The answer; INSTRUMENT_UNKNOWN for a symbol that there is not. */
export async function placementAnswer(parts: QueryParts, search: URLSearchParams): Promise<HttpAnswer> {
  const params = new QueryParams(search, ['symbol', 'dataset']);
  const symbol = params.text('symbol');
  const dataset = params.text('dataset');
  const { board } = parts;
  const placement = board?.placement() ?? withoutMap(parts);
  if (symbol === '' && dataset === '') return jsonAnswer(placement);
  const instrument = await instrumentOf(parts, symbol, params);
  const place = board?.instrument(instrument) ?? {
    dataset: instrument.dataset,
    symbol,
    ...placeAtHome(parts, instrument),
    standing: 'first',
    ticksPerSecond: 0,
    moves: [],
  };
  return jsonAnswer({ ...placement, instrument: place });
}

function placeAtHome(
  { log }: QueryParts,
  instrument: Parameters<Placement['lookUp']>[0],
): { readonly partition: number; readonly epoch: number; readonly firstPartition: number } {
  const { partition } = Placement.atHome(log.basePartitions).lookUp(instrument);
  return { partition, epoch: 0, firstPartition: partition };
}

/** A process that follows no map knows of homes alone. */
function withoutMap({ log, clock }: QueryParts): PlacementJson {
  const placement = Placement.atHome(log.basePartitions);
  const nothing = { view: { token: 0, mapToken: 0, placement }, reports: { partitions: [], writers: [] } };
  return placementJson(nothing, [], clock.nowMs());
}
