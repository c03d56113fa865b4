/**
 * How the tests run. `unit`: the tests that lie beside what they test; `tests`: those of more than one package; `faults`: real
 * processes and servers that are broken, by `npm run test:faults` alone; `cluster`: a real Kubernetes, by `npm run test:cluster`
 * alone. Packages resolve to their sources, so nothing is built before a test.
 */
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const resolveToSources = { resolve: { conditions: ['source'] }, ssr: { resolve: { conditions: ['source'] } } };

/** Every core works: vitest keeps one free by default, which on two cores is half of them. */
const everyCore = { maxWorkers: '100%' } as const;

const config: ViteUserConfig = defineConfig({
  ...resolveToSources,
  test: {
    reporters: ['default', './tools/test-report/reporter.ts'],
    // Starts nothing: it names a folder, so that all who ask share one Kafka and one Cassandra, and ends them after the run.
    globalSetup: ['./testbed/src/run-setup.ts'],
    ...everyCore,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{packages,services,operator,tools,web,testbed}/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**'],
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'tests',
          include: ['tests/**/*.test.ts'],
          // The oracle and the ten thousand seeds read real files and run for minutes.
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'cluster',
          include: ['tests/**/*.cluster.ts'],
          // Some have a cluster of their own, and two cores carry one.
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'faults',
          include: ['tests/**/*.fault.ts'],
          globalSetup: ['./tests/faults/rig/print-table.ts'],
          // Each has servers and processes of its own; two at once would measure each other.
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});

export default config;
