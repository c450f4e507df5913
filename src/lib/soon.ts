/** A value, or the promise of one where it has to be waited for: what is known at once need not cost a turn of the event loop. */
export type Soon<Value> = Value | Promise<Value>;

/** What `next` makes of the value: at once where it is there. */
export function whenKnown<Value, Result>(value: Soon<Value>, next: (value: Value) => Soon<Result>): Soon<Result> {
  return value instanceof Promise ? value.then(next) : next(value);
}
