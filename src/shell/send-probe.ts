/**
 * What connection the answer to a probe came over. Where the probe was `resent`, or where that is `unsure`, it is not
 * the only one that the probe went over. A `blind` one tells nothing of those that secrets go out over: it carries many
 * requests at once, as in HTTP/2, or the server does not say when it begins to answer.
 */
export const CONNECTIONS = ["reused", "blind", "unsure", "resent", "fresh"] as const;
export type Connection = (typeof CONNECTIONS)[number];

/**
 * How far a probe came, which its resource timing tells: `not-connected` is not even through the TLS handshake, `taken`
 * is through it; answered, it went over a `fresh` connection or over one that was there before (`reused`).
 *
 * Firefox sends a POST, too, once more over another connection, and shows nobody the first answer, where that is 421, or
 * 408 after a second (`nsHttpTransaction::HandleContentStart`; none of 106 others that were tried). Timing has the
 * beginning of the first answer's headers and the end of the last one, and between them lies a whole connection:
 * `resent`, or `unsure` where a body or the computer may have been late; a busy one makes an honest look, of some
 * thousands, seem `resent`. It has that beginning only where another word came before them, as `Expect` asks for
 * (`nsHttpTransaction::ParseHead`); otherwise it is `blind` to that.
 */
export const STAGES = ["not-sent", "not-connected", "unanswered", "taken", ...CONNECTIONS] as const;
export type Stage = (typeof STAGES)[number];

/** Firefox tells more than the types know of; 0 where there was no such word. */
interface Timing extends PerformanceResourceTiming {
  readonly firstInterimResponseStart: number;
  readonly finalResponseHeadersStart: number;
}

/**
 * Sends one probe and waits for its end, at most `limit` milliseconds. Runs in the tab as well as in the background, so
 * it must stand alone: Firefox takes its source text there, without what it refers to. Any answer will do, and whether
 * there was one is for webRequest to say.
 * @param origin - where given, nothing is sent from a document of another origin: the tab may have moved on
 */
export async function sendProbe(
  url: string,
  body: string,
  credentials: RequestCredentials,
  limit: number,
  origin?: string,
): Promise<Stage> {
  if (origin !== undefined && location.origin !== origin) return "not-sent";
  if (url.startsWith("wss:")) {
    await new Promise<void>((done) => {
      const socket = new WebSocket(url);
      for (const event of ["open", "error", "close"]) {
        socket.addEventListener(event, () => {
          socket.close();
          done();
        });
      }
      setTimeout(done, limit);
    });
    return "unanswered"; // as far as the page can tell: it is ended at its answer
  }
  // It comes a moment after the answer; an observer is given it where the page's own buffer is full, too.
  const timed = new Promise<Timing | undefined>((done) => {
    new PerformanceObserver((list, observer) => {
      const [timing] = list.getEntriesByName(url) as Timing[];
      if (timing === undefined) return;
      observer.disconnect();
      done(timing);
    }).observe({ type: "resource" });
    setTimeout(done, limit);
  });
  const init: RequestInit = { method: "POST", body, credentials, cache: "no-store", redirect: "manual" };
  const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(limit) }).catch(() => undefined);
  const timing = await timed;
  // Of another origin's request, as the background's are, no part is told unless its answer allows it: all are 0.
  const isTold = timing !== undefined && timing.connectStart > 0;
  if (answer === undefined) {
    if (!isTold) return "unanswered";
    return timing.requestStart < timing.connectStart ? "not-connected" : "taken";
  }
  if (!isTold) return "blind";
  if (timing.connectEnd === timing.connectStart) return "reused";
  if (timing.firstInterimResponseStart === 0) return "blind";
  // In milliseconds; each is told to the nearest. An answer without a body ends where it begins, but for a busy computer.
  const tail = timing.responseEnd - timing.finalResponseHeadersStart;
  if (tail <= 2) return "fresh";
  return tail > 20 && timing.encodedBodySize === 0 ? "resent" : "unsure";
}
