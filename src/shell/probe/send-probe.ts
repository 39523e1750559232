import type { ProbeResult, ProbeTiming, RoundResult } from "../../core/probe/probe-round";

/**
 * Sends a round of probes: `first` and a WebSocket handshake at the same time, and `then` when all of `first` have been
 * answered. Closes the WebSocket as soon as it is open. Accepts any response: webRequest judges it.
 * Runs in the tab as well as in the background. Firefox takes only its source text there, so it must not refer to
 * anything outside.
 * @param limit - maximum time of each half, in ms
 * @param origin - if given, nothing is sent from a document of another origin: the tab may have navigated
 * @param socketUrl - of the WebSocket, if there is to be one
 * @param giveUp - aborts to close the WebSocket at once; a tab can't get this signal
 * @returns `undefined` if nothing was sent
 */
export async function sendRound(
  first: readonly string[],
  then: readonly string[],
  body: string,
  credentials: RequestCredentials,
  limit: number,
  origin?: string,
  socketUrl?: string,
  giveUp?: AbortSignal,
): Promise<RoundResult | undefined> {
  if (origin !== undefined && location.origin !== origin) return undefined;
  const timingOf = async (url: string): Promise<ProbeTiming | undefined> => {
    // With `dom.enable_performance` or `dom.enable_resource_timing` off, there is nothing to wait for.
    const types = typeof PerformanceObserver === "function" ? PerformanceObserver.supportedEntryTypes : [];
    if (!types.includes("resource")) return undefined;
    return new Promise((done) => {
      // Firefox gives an observer the entry even if the page's own buffer is full, a moment after the response.
      new PerformanceObserver((list, observer) => {
        const [entry] = list.getEntriesByName(url) as PerformanceResourceTiming[];
        if (entry === undefined) return;
        observer.disconnect();
        const { startTime, connectStart, secureConnectionStart, connectEnd, requestStart, responseEnd } = entry;
        done({ startTime, connectStart, secureConnectionStart, connectEnd, requestStart, responseEnd });
      }).observe({ type: "resource" });
    });
  };
  const send = async (url: string): Promise<ProbeResult> => {
    const timed = timingOf(url);
    const init: RequestInit = { method: "POST", body, credentials, redirect: "manual", referrerPolicy: "no-referrer" };
    const signal = AbortSignal.timeout(limit);
    const end = await fetch(url, { ...init, signal })
      .then((answer) => answer.arrayBuffer().catch(() => undefined))
      .then(
        () => "answered" as const,
        () => (signal.aborted ? "late" : "failed"),
      );
    // The entry comes within a moment of the end, or never.
    const timing = await Promise.race([timed, new Promise<undefined>((done) => setTimeout(done, 1000, undefined))]);
    return { end, ...(timing === undefined ? {} : { timing }) };
  };

  const shake = async (url: string): Promise<void> => {
    const socket = new WebSocket(url);
    await new Promise<unknown>((done) => {
      setTimeout(done, limit);
      giveUp?.addEventListener("abort", done);
      for (const event of ["open", "error", "close"]) socket.addEventListener(event, done);
    });
    socket.close();
  };

  /** A timer would wait for a second in a tab in the background. */
  const pause = async (milliseconds: number): Promise<void> => {
    const { port1, port2 } = new MessageChannel();
    for (const end = performance.now() + milliseconds; performance.now() < end;)
      await new Promise((done) => {
        port1.onmessage = done;
        port2.postMessage(undefined);
      });
    port1.close();
  };
  /**
   * Sends one after the other, so Firefox asks an extension about each in a batch of its own, as about a held secret.
   * Requests of one batch would leave closer together than a secret and its probe do.
   */
  const sendApart = async (urls: readonly string[]): Promise<ProbeResult[]> => {
    const sent: Promise<ProbeResult>[] = [];
    for (const url of urls) {
      if (sent.length > 0) await pause(5);
      sent.push(send(url));
    }
    return Promise.all(sent);
  };

  const shaken = socketUrl === undefined ? undefined : shake(socketUrl).catch(() => undefined);
  const began = await sendApart(first);
  const followed = began.every(({ end }) => end === "answered") ? await Promise.all(then.map(send)) : [];
  await shaken;
  return { first: began, then: followed };
}
