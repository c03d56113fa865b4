/**
 * The numbers of a coordinator for Prometheus. In: its status. Out: gauges. Who leads several streams gives each a label; the
 * instruments themselves are no labels, there are too many of them.
 */
import { type MovePhase, movePhases } from '@tapeline/domain';
import type { Metrics } from '@tapeline/runtime';
import type { LeadStatus } from './lead-status.ts';

/** Sets the gauges of one coordinator. */
export type LeadMetrics = { set(status: LeadStatus, nowMs: number): void };

const phases = ['preparing', ...movePhases.filter((phase) => phase !== 'arrived')] as const;

/** The gauges; `stream` is the value of a label, absent where there is one stream. */
export function leadMetrics(metrics: Metrics, stream?: string): LeadMetrics {
  const labels = stream === undefined ? {} : { stream };
  const names = Object.keys(labels);
  const gauge = (name: string, help: string, more: readonly string[] = []) =>
    metrics.gauge(`tapeline_coordinator_${name}`, help, [...names, ...more]);
  const leading = gauge('leading', 'Whether this process leads: 1 or 0.');
  const moves = gauge('moves', 'Moves under way by phase.', ['phase']);
  const age = gauge('move_age_seconds', 'Age of the oldest move that is published and has not arrived; 0 without any.');
  const epoch = gauge('map_epoch', 'Epoch of the map in force.');
  const skew = gauge('skew', 'The busiest shared partition as a multiple of the mean of them all.');
  return {
    set: (status, nowMs) => {
      const count = (phase: MovePhase | 'preparing'): number =>
        phase === 'preparing' ? status.preparing.length : status.moves.filter((move) => move.phase === phase).length;
      leading.set(status.token === undefined ? 0 : 1, labels);
      for (const phase of phases) moves.set(count(phase), { ...labels, phase });
      const oldest = status.moves.reduce((least, { knownMs }) => Math.min(least, knownMs), nowMs);
      age.set((nowMs - oldest) / 1_000, labels);
      epoch.set(status.placement.epoch, labels);
      if (status.planned?.plan !== undefined) skew.set(status.planned.plan.skew.before, labels);
    },
  };
}
