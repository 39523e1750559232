// An attacker's decisions on connections, before any byte of HTTP.
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Strategy, Tools } from "./attacker";
import type { Ending, Rejection } from "./attacker-answers";
import { offersHttp2 } from "./client-hello";
import type { Attacker } from "./lab";

export const always =
  (take: (tools: Tools, socket: Socket, index: number) => void) =>
  (tools: Tools): Attacker => {
    let index = 0;
    return {
      onConnection: (socket) => {
        take(tools, socket, index++);
      },
    };
  };
const isSafe = ({ method = "" }: IncomingMessage): boolean => /^(?:GET|HEAD|OPTIONS)$/u.test(method);
export const NAIVE: Strategy = always(({ take }, socket) => {
  take(socket);
});
export const SILENT: Strategy = (tools) => {
  tools.answers = () => "close";
  return NAIVE(tools);
};

/**
 * Minimum number of connections of a round of probes, and of a secret with its companions: both look the same from
 * outside.
 */
export const ROUND = 2;

/**
 * Passes one round of probes to the instance, takes all connections of the next group, and ends them without an answer.
 */
export const firstPasses =
  (ending: Ending): Strategy =>
  (tools) => {
    tools.answers = () => ending;
    return always(({ take, relay }, socket, index) => {
      if (index >= ROUND && index < 2 * ROUND) take(socket);
      else relay(socket);
    })(tools);
  };

/** Longer than Latchkey waits for a probe, in ms. Firefox waits 30 s for a handshake. */
const OUTLASTS = 5500;

/**
 * Passes three rounds of probes to the instance, of which some may not count, and keeps the connections of the next
 * group waiting before TLS. Takes those that are still open when probes have been given up.
 */
export const OUTWAITING: Strategy = (tools) => {
  tools.answers = () => "close";
  return always(({ take, relay }, socket, index) => {
    if (index < 3 * ROUND || index >= 4 * ROUND) relay(socket);
    else
      setTimeout(() => {
        if (!socket.destroyed) take(socket);
      }, OUTLASTS);
  })(tools);
};

/** Maximum length in bytes of what a browser sends to finish a handshake. Every request is longer. */
const MAX_FINISHED = 120;

/**
 * Passes the handshake to the instance and drops the request. Reads the one that Firefox sends instead, and drops it,
 * too. Passes the third to the instance, so the page notices nothing.
 */
export const RESTARTED_GET: Strategy = (tools) => {
  let step: "drop" | "read" | "pass" = "drop";
  tools.answers = () => {
    step = "pass";
    return "reset";
  };
  return always(({ take, relay }, socket) => {
    let pieces = 0;
    if (step === "read") take(socket);
    else
      relay(socket, {
        passes: (bytes) => {
          const isRequest = ++pieces > 1 && bytes > MAX_FINISHED;
          if (!isRequest || step !== "drop") return true;
          step = "read";
          return false;
        },
      });
  })(tools);
};

/**
 * Holds an answer back on a connection that stays open. When the second connection after it comes, the attacker makes
 * that one wait and passes the answer. So the waiting request leaves over the old connection. The attacker drops it,
 * and takes the request that Firefox sends instead.
 */
export const PATIENT: Strategy = (tools) => {
  let isHeld = false;
  let later = 0;
  let free = (): void => undefined;
  const freed = new Promise<void>((done) => {
    free = done;
  });
  let takeNext = false;
  return always(({ take, relay }, socket) => {
    if (takeNext) {
      take(socket);
      return;
    }
    if (isHeld) {
      later++;
      if (later === 2) free();
      const wait = later === 2 ? new Promise((done) => setTimeout(done, 300)) : undefined;
      relay(socket, { waits: () => wait });
      return;
    }
    let began = 0;
    let isFree = false;
    relay(socket, {
      passes: () => {
        // A piece after a pause is a second request.
        if (began > 0 && Date.now() - began > 500 && !isHeld) isHeld = true;
        began = Date.now();
        takeNext = isFree;
        return !isFree;
      },
      waits: () => {
        if (!isHeld) return undefined;
        return freed.then(() => {
          isFree = true;
        });
      },
    });
  })(tools);
};

export const RESET_ORACLE: Strategy = (tools) => {
  let takeNext = false;
  return always(({ take, relay }, socket) => {
    if (takeNext) {
      take(socket);
      return;
    }
    let last = Date.now();
    relay(socket, {
      passes: () => {
        takeNext = Date.now() - last > 500;
        last = Date.now();
        return !takeNext;
      },
    });
  })(tools);
};

interface RejectionMeans {
  /** How many connections the attacker passes first; none by default. */
  readonly skip?: number;
  /** On how many connections the attacker rejects requests; on all by default. */
  readonly times?: number;
  /** Delay from the attacker to the instance, in ms for each piece of its answers. */
  readonly distance?: number;
  /** Whether the attacker speaks HTTP/2. */
  readonly http2?: boolean;
}

/**
 * Makes Firefox retry some requests, passes the retried ones, and ends the others. It also passes the next connection:
 * with a later one, the attacker would be guessing (see {@link firstPasses}).
 */
const makesRetry =
  (answers: Tools["answers"], means: RejectionMeans = {}): Strategy =>
  (tools) => {
    const { skip = 0, times = Infinity, distance = 0, http2 = false } = means;
    tools.http2 = http2;
    let left = times;
    let toRelay = 0;
    tools.answers = async (request) => {
      const answer = await answers(request);
      if (answer !== "close") toRelay++;
      return answer;
    };
    const waits = distance === 0 ? {} : { waits: () => new Promise((done) => setTimeout(done, distance)) };
    return always(({ take, relay }, socket, index) => {
      // Firefox would use a connection that stays open for later requests.
      if (toRelay > 0 || left <= 0 || index < skip) setTimeout(relay(socket, waits), 500);
      else {
        left--;
        take(socket);
      }
      toRelay = Math.max(0, toRelay - 1);
    })(tools);
  };

/** Firefox retries a request that gets a 408 after at least a second. */
const TIMED_OUT_AFTER = 1100;

/** Rejects requests, so that Firefox retries them, and passes the retried ones. */
export const rejects = (how: Rejection, means?: RejectionMeans): Strategy =>
  makesRetry(async () => {
    if (how === "timed-out") await new Promise((done) => setTimeout(done, TIMED_OUT_AFTER));
    return how;
  }, means);

/** Takes connections that may be HTTP/2, rejects each request on them to HTTP/1.1, and passes HTTP/1.1. */
const onlyHttp1 =
  (answer: Rejection): Strategy =>
  (tools) => {
    tools.http2 = true;
    tools.answers = () => answer;
    return always(({ take, relay }, socket) => {
      const hello = socket.read() as Buffer;
      socket.unshift(hello);
      if (offersHttp2(hello)) take(socket);
      else relay(socket);
    })(tools);
  };

export const LATE: Strategy = (tools) => {
  const began = Date.now();
  return always(({ take, relay }, socket) => {
    if (Date.now() - began > 1000) take(socket);
    else setTimeout(relay(socket), 1000);
  })(tools);
};

export const STRATEGIES: readonly (readonly [name: string, strategy: Strategy])[] = [
  ["naive: takes every connection", NAIVE],
  ["silent theft: reads every request and closes the connection", SILENT],
  [
    "greedy: resets requests that Firefox retries by itself, relays those for a moment, and keeps the rest",
    makesRetry((request) => (isSafe(request) ? "reset" : "close")),
  ],
  ["misdirected: rejects every request by 421, and relays the retried ones", rejects("misdirected")],
  ["timed out: rejects them by 408 a second later", rejects("timed-out")],
  ['downgrade: rejects them by HTTP/2\'s code for "only over HTTP/1.1"', onlyHttp1("http-1.1-only")],
  ["downgrade and leave: rejects them in the same way, and ends the session", onlyHttp1("http-1.1-only, leaves")],
  [
    "timed out over HTTP/2: rejects them by 408 at once, and ends the session",
    rejects("timed-out, leaves", { http2: true }),
  ],
  ["late: relays for a second, drops that, and takes the rest", LATE],
  ["reset oracle: drops a connection under a later request, and takes the one that replaces it", RESET_ORACLE],
  [
    "joined: keeps a probe's answer back until the secret waits for it, and takes every connection after",
    (tools) =>
      always(({ take, relay }, socket, index) => {
        if (index > 0) take(socket);
        else relay(socket, { waits: () => new Promise((done) => setTimeout(done, 400)) });
      })(tools),
  ],
];
