/**
 * Names of the cluster's own images, which are made here, because no registry is asked. In: nothing. Out: names as pods
 * write them, under `localhost`, which nobody looks for elsewhere.
 */
import { coredns, metricsServer } from './kube-versions.ts';

/** By what is in the images. */
export type ImageNames = Readonly<Record<'pause' | 'coredns' | 'metricsServer' | 'shell', string>>;

/** What they are called. */
export const imageNames: ImageNames = {
  pause: 'localhost/pause:v1',
  coredns: `localhost/coredns:${coredns.version}`,
  metricsServer: `localhost/metrics-server:${metricsServer.version}`,
  shell: 'localhost/shell:v1',
};
