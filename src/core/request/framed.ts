// Documents of an instance that another site shows in a frame. `Cross-Origin-Opener-Policy` would also protect the
// windows they open, but Firefox lets no extension of Manifest V3 set it (`WebRequest.sys.mjs`, seen on 153.7).

/** The part of a window that any other window may read; `location.href` only if it has the same origin. */
interface Frame {
  readonly parent: Frame;
  readonly location: { readonly href: string };
}

/**
 * Whether any document around this one is of another origin. One in between is enough: it decides what the frame loads.
 * @param frame - the window of the document in question
 */
export function isFramedByAnother(frame: Frame): boolean {
  for (let inner = frame; inner !== inner.parent; inner = inner.parent) {
    try {
      if (typeof inner.parent.location.href !== "string") return true;
    } catch {
      return true; // Firefox throws if the origins differ
    }
  }
  return false;
}
