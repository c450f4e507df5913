/**
 * `work`, so called that it never runs twice at a time and each caller waits for a run that began after its call. Calls that come during
 * a run share the next one.
 */
export function inTurn(work: () => Promise<void>): () => Promise<void> {
  let turn: { readonly current: Promise<void>; next: Promise<void> | undefined } | undefined;
  const start = (): Promise<void> => {
    const own: NonNullable<typeof turn> = { current: work(), next: undefined };
    turn = own;
    const forget = () => {
      if (own.next === undefined) turn = undefined;
    };
    own.current.then(forget, forget);
    return own.current;
  };
  return () => {
    if (turn === undefined) return start();
    turn.next ??= turn.current.then(start, start);
    return turn.next;
  };
}
