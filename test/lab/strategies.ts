// What an attacker does with connections, decided before any byte of HTTP.
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Strategy, Tools } from "./attacker";
import type { Ending, TurnedAway } from "./attacker-answers";
import { offersHttp2 } from "./client-hello";
import type { Attacker } from "./lab";

const always =
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

/** So many connections go together in a round of probes, and with a secret: which is which cannot be told from outside. */
export const ROUND = 2;

/** Lets one round of probes go to the instance, takes all of what goes together next, and ends it without an answer. */
export const firstPasses =
  (ending: Ending): Strategy =>
  (tools) => {
    tools.answers = () => ending;
    return always(({ take, relay }, socket, index) => {
      if (index >= ROUND && index < 2 * ROUND) take(socket);
      else relay(socket);
    })(tools);
  };

/** What a browser still sends of a handshake after its first message is shorter than any request. */
const MAX_FINISHED = 120;

/**
 * Lets the handshake go to the instance and drops the request; reads the one that Firefox sends instead, and drops it,
 * too; and lets the third go to the instance, so that the page sees nothing.
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
 * Keeps an answer back on a connection that lives on. When the second connection after comes, he lets it wait and the
 * answer go, so that what waits goes out over the old one; that he drops, and takes what Firefox sends instead.
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
        // What comes on it after a while is a second request.
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

interface TurningAway {
  /** How many connections pass before; none, unless told. */
  readonly skip?: number;
  /** How many connections he takes, to turn away what comes on them; all, unless told. */
  readonly times?: number;
  /** Of the instance from him, in milliseconds for each piece of its answers. */
  readonly distance?: number;
  /** Whether he speaks HTTP/2. */
  readonly http2?: boolean;
}

/**
 * Has some requests sent once more by Firefox, lets that pass, and ends the others. What he lets pass is what comes
 * right after: were it another request, he would be guessing (see {@link firstPasses}).
 */
const hasSentAgain =
  (answers: Tools["answers"], means: TurningAway = {}): Strategy =>
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
      // What lived on would be used for later requests.
      if (toRelay > 0 || left <= 0 || index < skip) setTimeout(relay(socket, waits), 500);
      else {
        left--;
        take(socket);
      }
      toRelay = Math.max(0, toRelay - 1);
    })(tools);
  };

/** Firefox sends again what is answered by 408 when at least a second has passed. */
const TIMED_OUT_AFTER = 1100;

/** Turns requests away, so that Firefox sends them once more, and lets that pass. */
export const turnsAway = (how: TurnedAway, means?: TurningAway): Strategy =>
  hasSentAgain(async () => {
    if (how === "timed-out") await new Promise((done) => setTimeout(done, TIMED_OUT_AFTER));
    return how;
  }, means);

/** Takes what may be HTTP/2, and turns each request on it away to HTTP/1.1, which he lets pass. */
const onlyHttp1 =
  (answer: TurnedAway): Strategy =>
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
  ["silent theft: reads every request and hangs up", SILENT],
  [
    "greedy: resets what Firefox sends again by itself, relays that for a moment, and keeps the rest",
    hasSentAgain((request) => (isSafe(request) ? "reset" : "close")),
  ],
  ["misdirected: turns every request away by 421, and relays what Firefox then sends again", turnsAway("misdirected")],
  ["timed out: the same by 408 a second later", turnsAway("timed-out")],
  ['downgrade: the same by HTTP/2\'s word for "only over HTTP/1.1"', onlyHttp1("http-1.1-only")],
  ["downgrade and leave: the same, and ends the session after it", onlyHttp1("http-1.1-only, leaves")],
  ["timed out over HTTP/2, at once, and leaves", turnsAway("timed-out, leaves", { http2: true })],
  ["late: relays for a second, drops that, and takes the rest", LATE],
  ["reset oracle: drops a connection under a later request, and takes the one that comes instead", RESET_ORACLE],
  [
    "joined: keeps the look's answer back until the secret waits for it, and takes every connection after",
    (tools) =>
      always(({ take, relay }, socket, index) => {
        if (index > 0) take(socket);
        else relay(socket, { waits: () => new Promise((done) => setTimeout(done, 400)) });
      })(tools),
  ],
];
