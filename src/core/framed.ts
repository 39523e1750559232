// Documents of an instance that another site shows in a frame, and windows that another site has opened.

/** As much of a window as any other may read; `location.href` only one of the same origin. */
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
      return true; // the browser refuses it, which is how it tells
    }
  }
  return false;
}

interface Header {
  name: string;
  value?: string;
}

const NAME = "Cross-Origin-Opener-Policy";
const isPolicy = ({ name }: Header): boolean => name.toLowerCase() === NAME.toLowerCase();

/**
 * The headers of a page's answer by which a window of another site's, or of a frame in one, loses its hold of the
 * instance's windows (HTML, "cross-origin opener policies"). A policy of the page's own stays if it is as strict. Several
 * are none to a browser.
 */
export function withoutOpener(headers: readonly Header[]): Header[] {
  const own = headers.filter(isPolicy);
  const [only] = own;
  if (own.length === 1 && /^\s*same-origin\s*(?:;|$)/u.test(only?.value ?? "")) return [...headers];
  return [...headers.filter((header) => !isPolicy(header)), { name: NAME, value: "same-origin" }];
}

/**
 * Whether an answer may become the document of a window: a worker asks for one in a tab's place and may keep it for later.
 * @param type - Firefox's resource type
 * @param tabId - -1 for a worker's request
 */
export const mayBePage = (type: string, tabId: number, headers: readonly Header[]): boolean =>
  type === "main_frame" ||
  (tabId === -1 &&
    headers.some(({ name, value = "" }) => name.toLowerCase() === "content-type" && /html|xml/iu.test(value)));
