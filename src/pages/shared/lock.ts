/** How long an answer stays locked, in ms: longer than a double click, and long enough to read what it says. */
const LOCK = 1000;

/**
 * Locks an answer until it has been in view, without moving, for a second. It is locked again when it moves, when its
 * tab is hidden, and when its window comes to the front.
 * @param answer - what must be in view, within `frame`
 * @param onChange - called with `true` when it is locked and with `false` when it can be chosen
 * @returns ends the lock
 */
export function lockUntilSeen(answer: Element, frame: Element, onChange: (isLocked: boolean) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let painting = 0;
  let position: string | undefined;
  /** Its position in view; `undefined` if it is not in view. */
  const seenAt = (): string | undefined => {
    const { left, top } = answer.getBoundingClientRect();
    return document.visibilityState === "visible" && isWithin(answer, frame) ? `${left} ${top}` : undefined;
  };
  const end = (): void => {
    clearTimeout(timer);
    cancelAnimationFrame(painting);
  };
  const count = (): void => {
    position = seenAt();
    timer = setTimeout(() => {
      if (position !== undefined && position === seenAt()) onChange(false);
      else begin();
    }, LOCK);
  };
  // When Firefox asks for the second frame, it has painted the content of the first. In a hidden tab it asks for none.
  const begin = (): void => {
    end();
    position = undefined;
    onChange(true);
    painting = requestAnimationFrame(() => (painting = requestAnimationFrame(count)));
  };
  // A popup reports a new size whenever something in it changes, though it stays the same.
  const moved = (): void => {
    if (seenAt() !== position) begin();
  };
  // Scrolling does not bubble, so it is captured. The focus is not: the mouse gives it to the answer itself, too.
  const listeners = [
    [document, "visibilitychange", begin, false],
    [window, "focus", begin, false],
    [document, "scroll", moved, true],
    [window, "resize", moved, false],
  ] as const;
  for (const [target, event, listener, capture] of listeners) target.addEventListener(event, listener, { capture });
  begin();
  return () => {
    end();
    for (const [target, event, listener, capture] of listeners)
      target.removeEventListener(event, listener, { capture });
  };
}

/** Whether all of it is in view, except for one pixel because of rounding. */
function isWithin(inner: Element, frame: Element): boolean {
  const box = inner.getBoundingClientRect();
  const { top, bottom } = frame.getBoundingClientRect();
  return box.height > 0 && box.top >= Math.max(top, 0) - 1 && box.bottom <= Math.min(bottom, innerHeight) + 1;
}
