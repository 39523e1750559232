/** How long an answer stays locked, in ms: longer than a double click, and long enough to read what it says. */
const LOCK = 1000;
/** How much of an answer must be in view to count as shown. */
const MOST = 0.9;

/**
 * Locks an answer until it has been in view for a second. It is locked again when it leaves the view, when the tab is
 * hidden, when another window was in front of it, and when the window changes its size, which may move it under the
 * pointer.
 * @param answer - what must be in view
 * @param onChange - called with `true` when it is locked and with `false` when it can be chosen
 * @returns ends it
 */
export function lockUntilSeen(answer: Element, onChange: (isLocked: boolean) => void): () => void {
  let isInView = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const begin = (): void => {
    clearTimeout(timer);
    onChange(true);
    if (!isInView || document.visibilityState !== "visible") return;
    timer = setTimeout(() => {
      onChange(false);
    }, LOCK);
  };
  const observer = new IntersectionObserver(
    (entries) => {
      isInView = (entries.at(-1)?.intersectionRatio ?? 0) >= MOST;
      begin();
    },
    { threshold: MOST },
  );
  observer.observe(answer);
  document.addEventListener("visibilitychange", begin);
  window.addEventListener("focus", begin);
  window.addEventListener("resize", begin);
  return () => {
    clearTimeout(timer);
    observer.disconnect();
    document.removeEventListener("visibilitychange", begin);
    window.removeEventListener("focus", begin);
    window.removeEventListener("resize", begin);
  };
}
