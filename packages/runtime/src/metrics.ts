/**
 * Numbers for Prometheus. In: counts, states and measurements by name. Out: the text of `/metrics`, with Node's own
 * figures (event loop lag, heap, garbage collection) under their usual names. Law 7: a metric keeps a bounded number of
 * label sets; what comes beyond is left out and counted in `tapeline_metrics_label_sets_refused_total`.
 */
import {
  Counter as PromCounter,
  Gauge as PromGauge,
  Histogram as PromHistogram,
  Registry,
  collectDefaultMetrics,
} from 'prom-client';
import { type LabelGuard, createLabelGuard } from './label-guard.ts';

/** A value for each label of the metric. */
export type Labels = Readonly<Record<string, string>>;

/** What only grows; `n` is 0 or more, 1 if absent. */
export type Counter = { add(n?: number, labels?: Labels): void };

/** What goes up and down. */
export type Gauge = {
  set(value: number, labels?: Labels): void;
  add(n: number, labels?: Labels): void;
  /** Tells nothing more of what these labels stand for, until it is set again; without a value it does nothing. */
  remove(labels: Labels): void;
};

/** What is measured, in the unit that the name says. */
export type Histogram = { observe(value: number, labels?: Labels): void };

/**
 * The metrics of one process. A name is `tapeline_…`, or begins with a foreign prefix, in small letters, in base units (`_seconds`, `_bytes`), a counter's
 * ends in `_total`. Asking again for a name answers the same metric; `RangeError` if kind, labels or buckets differ
 * then, for a name or label that is none, and for the label `symbol`, of which there are too many.
 */
export type Metrics = {
  counter(name: string, help: string, labels?: readonly string[]): Counter;
  gauge(name: string, help: string, labels?: readonly string[]): Gauge;
  /** `buckets` are upper bounds, rising. */
  histogram(name: string, help: string, buckets: readonly number[], labels?: readonly string[]): Histogram;
  /** Everything, in Prometheus' text format. */
  text(): Promise<string>;
  /** The content type of `text()`. */
  readonly contentType: string;
};

/** Bounds, and whether Node's own figures are there. */
export type MetricsConfig = {
  /** Label sets of one metric at most; 100 if absent. */
  readonly labelSetsMax?: number;
  /** Whether Node's own figures are collected; yes if absent. They hold a timer and an observer of the process. */
  readonly ofProcess?: boolean;
  /** Beginnings of names that others chose and dashboards know, such as `workqueue_`; none if absent. */
  readonly foreignPrefixes?: readonly string[];
};

const labelSetsMaxDefault = 100;

/** Metrics in a registry of their own. */
export function createMetrics(config: MetricsConfig = {}): Metrics {
  const registry = new Registry();
  if (config.ofProcess !== false) collectDefaultMetrics({ register: registry });
  const guard = createLabelGuard(registry, config.labelSetsMax ?? labelSetsMaxDefault);
  const registers = [registry];
  const known = new Map<string, { readonly shape: string; readonly metric: Counter | Gauge | Histogram }>();
  const once = <Made extends Counter | Gauge | Histogram>(shape: MetricShape, make: () => Made): Made => {
    checkShape(shape, config.foreignPrefixes ?? []);
    const text = JSON.stringify([shape.kind, shape.labels, shape.buckets]);
    const before = known.get(shape.name);
    if (before === undefined) {
      const metric = make();
      known.set(shape.name, { shape: text, metric });
      return metric;
    }
    if (before.shape === text) return before.metric as Made;
    throw new RangeError(`metric ${shape.name} is ${before.shape} already, not ${text}; give it a name of its own`);
  };
  return {
    counter: (name, help, labels = []) =>
      once({ kind: 'counter', name, labels }, () =>
        counterOf(new PromCounter({ name, help, labelNames: [...labels], registers }), guard.of(name, labels)),
      ),
    gauge: (name, help, labels = []) =>
      once({ kind: 'gauge', name, labels }, () =>
        gaugeOf(new PromGauge({ name, help, labelNames: [...labels], registers }), guard.of(name, labels)),
      ),
    histogram: (name, help, buckets, labels = []) =>
      once({ kind: 'histogram', name, labels, buckets }, () =>
        histogramOf(
          new PromHistogram({ name, help, buckets: [...buckets], labelNames: [...labels], registers }),
          guard.of(name, labels),
        ),
      ),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

type MetricShape = {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly name: string;
  readonly labels: readonly string[];
  readonly buckets?: readonly number[];
};

function checkShape({ kind, name, labels, buckets = [] }: MetricShape, foreignPrefixes: readonly string[]): void {
  const prefixes = ['tapeline_', ...foreignPrefixes];
  if (!/^[a-z]+(_[a-z0-9]+)+$/.test(name) || !prefixes.some((prefix) => name.startsWith(prefix))) {
    throw new RangeError(
      `metric name ${name} does not begin with ${prefixes.join(' or ')} and go on in a-z, 0-9 and _`,
    );
  }
  if ((kind === 'counter') !== name.endsWith('_total')) {
    throw new RangeError(`metric name ${name} is of a ${kind}; counters end in _total, others do not`);
  }
  for (const label of labels) {
    if (/^[a-z][a-z0-9_]*$/.test(label) && label !== 'symbol' && label !== 'le') continue;
    throw new RangeError(`metric ${name} has a label ${label}; labels are a-z, 0-9 and _, and never symbol or le`);
  }
  if (buckets.some((bound, index) => index > 0 && bound <= (buckets[index - 1] ?? 0))) {
    throw new RangeError(`the buckets of metric ${name} do not rise; give upper bounds in rising order`);
  }
}

function counterOf(inner: PromCounter, guard: LabelGuard): Counter {
  return {
    add: (n = 1, labels = {}) => {
      if (guard(labels)) inner.inc({ ...labels }, n);
    },
  };
}

function gaugeOf(inner: PromGauge, guard: LabelGuard): Gauge {
  return {
    set: (value, labels = {}) => {
      if (guard(labels)) inner.set({ ...labels }, value);
    },
    add: (n, labels = {}) => {
      if (guard(labels)) inner.inc({ ...labels }, n);
    },
    // Its place under the bound stays taken, since what went may come back.
    remove: (labels) => inner.remove({ ...labels }),
  };
}

function histogramOf(inner: PromHistogram, guard: LabelGuard): Histogram {
  return {
    observe: (value, labels = {}) => {
      if (guard(labels)) inner.observe({ ...labels }, value);
    },
  };
}
