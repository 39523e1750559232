/** How long an answer stays locked, in ms: longer than a double click, and long enough to read what it says. */
const LOCK = 1000;
/** What may take an answer out of view, bring it back, or move it under the pointer. */
const MOVES = [
  [document, "visibilitychange"],
  [document, "scroll"],
  [window, "focus"],
  [window, "resize"],
] as const;

/**
 * Locks an answer until it has been in view, at one place, for a second. It is locked again when it is scrolled, when
 * its tab is hidden or its window comes to the front, and when the window changes its size.
 *
 * Measured here and not by an IntersectionObserver: that one tells nothing in a popup that Firefox doesn't paint.
 * @param answer - what must be in view, within `frame`
 * @param onChange - called with `true` when it is locked and with `false` when it can be chosen
 * @returns ends it
 */
export function lockUntilSeen(answer: Element, frame: Element, onChange: (isLocked: boolean) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Where it is in view; `undefined` where it is not. */
  const seenAt = (): string | undefined => {
    const { left, top } = answer.getBoundingClientRect();
    return document.visibilityState === "visible" && isWithin(answer, frame) ? `${left} ${top}` : undefined;
  };
  const begin = (): void => {
    clearTimeout(timer);
    onChange(true);
    const before = seenAt();
    timer = setTimeout(() => {
      if (before !== undefined && before === seenAt()) onChange(false);
      else begin();
    }, LOCK);
  };
  for (const [target, event] of MOVES) target.addEventListener(event, begin, { capture: true });
  begin();
  return () => {
    clearTimeout(timer);
    for (const [target, event] of MOVES) target.removeEventListener(event, begin, { capture: true });
  };
}

/** Whether all of it can be seen, but for a pixel that rounding may take. */
function isWithin(inner: Element, frame: Element): boolean {
  const box = inner.getBoundingClientRect();
  const { top, bottom } = frame.getBoundingClientRect();
  return box.height > 0 && box.top >= Math.max(top, 0) - 1 && box.bottom <= Math.min(bottom, innerHeight) + 1;
}
