import type { ProbeResult, ProbeTiming, RoundResult } from "../../core/probe/probe-round";

/**
 * Sends a round of probes: `first` and a WebSocket handshake at the same time, and `then` when all of `first` have been
 * answered. The WebSocket is closed as soon as it is open. Runs in the tab as well as in the background, so it must stand
 * alone: Firefox takes its source text there, without what it refers to. Any answer will do; what it shows is for
 * webRequest to say.
 * @param limit - maximum time of each half, in ms
 * @param origin - when given, nothing is sent from a document of another origin: the tab may have moved on
 * @param socketUrl - of the WebSocket, if there is to be one
 * @param giveUp - tells when the WebSocket is to be closed at once; a tab can't be told
 * @returns `undefined` when nothing was sent
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
    // With `dom.enable_performance` or `dom.enable_resource_timing` off there is nothing to wait for.
    const types = typeof PerformanceObserver === "function" ? PerformanceObserver.supportedEntryTypes : [];
    if (!types.includes("resource")) return undefined;
    return new Promise((done) => {
      // An observer is given the entry when the page's own buffer is full, too. It comes a moment after the answer.
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
    const isAnswered = await fetch(url, { ...init, signal: AbortSignal.timeout(limit) })
      .then((answer) => answer.arrayBuffer().catch(() => undefined))
      .then(
        () => true,
        () => false,
      );
    // The entry comes within a moment of the end, or never.
    const never = new Promise<undefined>((done) => setTimeout(done, 1000, undefined));
    const timing = await Promise.race([timed, never]);
    return { isAnswered, ...(timing === undefined ? {} : { timing }) };
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

  /** Timers would wait for a second in a tab behind another one. */
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
   * One after the other, so that Firefox asks an extension about each in a batch of its own, as about a held secret. Requests
   * of one batch are answered together, and would leave closer together than a secret and the probe that goes with it.
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
  const followed = began.every(({ isAnswered }) => isAnswered) ? await Promise.all(then.map(send)) : [];
  await shaken;
  return { first: began, then: followed };
}
