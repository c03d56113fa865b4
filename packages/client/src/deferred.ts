/**
 * A promise and the means to settle it. In: nothing. Out: three parts of one thing. Its rejection counts as handled:
 * whoever waits for it sees it, and nobody has to.
 */

/** See above. */
export type Deferred<Value> = {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
};

/** An open one. */
export function deferred<Value>(): Deferred<Value> {
  let resolve: Deferred<Value>['resolve'] = () => undefined;
  let reject: Deferred<Value>['reject'] = () => undefined;
  const promise = new Promise<Value>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  void Promise.allSettled([promise]);
  return { promise, resolve, reject };
}
