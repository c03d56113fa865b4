/**
 * No guard taken: a machine whose clock is wrong. In: TAPELINE_SHIFT_CLOCK_MS. Out: whatever a process loads after it
 * (`NODE_OPTIONS=--import=…`) is told a time of day so many ms ahead; time that only measures durations goes on as it was.
 */
const aheadMs = Number(process.env['TAPELINE_SHIFT_CLOCK_MS'] ?? '0');
const RealDate = Date;

function nowMs(): number {
  return RealDate.now() + aheadMs;
}

globalThis.Date = new Proxy(RealDate, {
  construct: (target, values, made) =>
    Reflect.construct(target, values.length === 0 ? [nowMs()] : values, made) as object,
  get: (target, name) => (name === 'now' ? nowMs : (Reflect.get(target, name) as unknown)),
});
