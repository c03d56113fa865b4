/**
 * Bounds the label sets of a metric. In: the labels of each observation. Out: whether it may be kept. Law 7: every label
 * set is memory here and in Prometheus for as long as the process lives.
 */
import { Counter, type Registry } from 'prom-client';
import type { Labels } from './metrics.ts';

/** Whether an observation with these labels may be kept; counts those that may not. */
export type LabelGuard = (labels: Labels) => boolean;

/** Makes the guard of each metric; they share the counter of what was refused. */
export function createLabelGuard(
  registry: Registry,
  labelSetsMax: number,
): { of(metric: string, labels: readonly string[]): LabelGuard } {
  const refused = new Counter({
    name: 'tapeline_metrics_label_sets_refused_total',
    help: 'Observations left out because their metric has its full number of label sets.',
    labelNames: ['metric'],
    registers: [registry],
  });
  return {
    of: (metric, names) => {
      const seen = new Set<string>();
      return (labels) => {
        // Without labels there is nothing to bound; wrong ones are refused by the client.
        if (names.length === 0) return true;
        const key = JSON.stringify(names.map((name) => labels[name]));
        if (seen.has(key)) return true;
        if (seen.size >= labelSetsMax) {
          refused.inc({ metric });
          return false;
        }
        seen.add(key);
        return true;
      };
    },
  };
}
