/** Every store that we have passes the one suite of the seam `Store`. */
import { SimulatedStore } from '@tapeline/simulation';
import { EmbeddedDirectory } from './embedded-directory.ts';
import { storeSuite } from './store-suite.ts';

storeSuite('the embedded store', async () => {
  const directory = new EmbeddedDirectory();
  return {
    store: (await directory.open()).store,
    reopen: async () => (await directory.open()).store,
    end: async () => directory.end(),
  };
});

storeSuite('the simulated store', async () => {
  let opened = new SimulatedStore();
  return {
    store: opened,
    reopen: async () => {
      await opened.close();
      opened = opened.reopened();
      return opened;
    },
    end: async () => opened.close(),
  };
});
