// Somebody on the way to a house, below TLS: he decides by connection, with a valid certificate of his own.
import type { IncomingMessage, ServerResponse } from "node:http";
import { constants, createSecureServer, type Http2ServerResponse } from "node:http2";
import { connect, type Socket } from "node:net";
import { WebSocketServer } from "ws";
import type { Authority } from "./authority";
import { offersHttp2 } from "./client-hello";
import type { Attacker, House, Lab } from "./lab";
import { housePage } from "./house-pages";

/** What he tells of the house's version. */
export const HIS_VERSION = "2021.1.4";

/** A word that stands for a secret in everything a page sends. */
export const SECRET = "opensesame";

export interface Loot {
  /** How many requests he has read in the clear. */
  readonly requests: () => number;
  /** How many of them, and of WebSocket messages, held a secret. */
  readonly secrets: () => number;
  /** How many WebSockets he was asked to open. */
  readonly sockets: () => number;
}

const SCRIPT = { "Content-Type": "text/javascript" };

/** What he does with connections, from the first one on after he has come. */
export type Strategy = (tools: Tools) => Attacker;

interface Way {
  /** Whether a piece from the browser goes on to the house; otherwise the connection is cut. */
  readonly passes?: (bytes: number) => boolean;
  /** The same of the house's; of the last one half may pass. */
  readonly answers?: () => boolean | "half";
  /** How it is cut: a reset, unless told. */
  readonly manner?: "reset" | "close";
  /** What the house's next pieces wait for. */
  readonly waits?: () => Promise<unknown> | undefined;
}

interface Tools {
  /** Ends TLS here, with his certificate. */
  readonly take: (socket: Socket) => void;
  /** Lets it go on to the house, piece by piece. @returns what cuts it */
  readonly relay: (socket: Socket, way?: Way) => () => void;
  /** Whether a request that he has read is answered, turned away, or how he ends it. */
  answers: (request: IncomingMessage) => "answer" | TurnedAway | Ending;
  /** Whether he speaks HTTP/2. */
  http2: boolean;
}

/** Closed, reset, or answered by what is no HTTP, or not even TLS. */
export const ENDINGS = ["close", "reset", "no-http", "no-tls"] as const;
export type Ending = (typeof ENDINGS)[number];

/**
 * Ways to have Firefox send a request again, over another connection, and tell nobody: 421, 408 after a second, and
 * HTTP/2's "only over HTTP/1.1".
 */
type TurnedAway = "misdirected" | "timed-out" | "http-1.1-only";

interface Means {
  /** What counts as a secret, wherever in what he reads. */
  readonly wanted?: readonly string[];
  /** Other names that his certificate has, of hosts of his own. */
  readonly names?: readonly string[];
  /** Who made out his certificate; the lab's first authority unless told. */
  readonly authority?: Authority;
  readonly http2?: boolean;
  /** What he adds to each answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What he answers in place of the house's pages: scripts, by path. */
  readonly scripts?: Readonly<Record<string, string>>;
}

/** Puts him on the way to a house. */
export async function attack(lab: Lab, house: House, strategy: Strategy, means: Means = {}): Promise<Loot> {
  const { wanted = [SECRET], names = [], http2 = false, headers = {}, scripts = {}, authority = lab.authority } = means;
  const { key, cert } = await authority.issue({ names: [house.host, ...names] });
  let requests = 0;
  let secrets = 0;
  let sockets = 0;
  const read = (text: string): void => {
    if (wanted.some((secret) => text.includes(secret))) secrets++;
  };
  /** What he has taken, below TLS, by the browser's port. */
  const taken = new Map<number | undefined, Socket>();
  const tools: Tools = {
    take: (socket) => {
      taken.set(socket.remotePort, socket);
      his.emit("connection", socket);
    },
    relay: (socket, { passes = () => true, answers = () => true, waits = () => undefined, manner = "reset" } = {}) => {
      const upstream = connect(lab.directPort, "127.0.0.1");
      /** What of the house's is kept back must be through before the end is. */
      let kept: Promise<unknown> = Promise.resolve();
      const cut = (): void => {
        if (manner === "reset") socket.resetAndDestroy();
        else socket.destroySoon();
        upstream.destroy();
      };
      socket.on("data", (piece: Buffer) => {
        if (passes(piece.length)) upstream.write(piece);
        else cut();
      });
      upstream.on("data", (piece: Buffer) => {
        const answer = answers();
        if (answer !== true) {
          if (answer === "half") socket.write(piece.subarray(0, piece.length / 2), cut);
          else cut();
          return;
        }
        const wait = waits();
        if (wait === undefined) {
          socket.write(piece);
          return;
        }
        upstream.pause();
        kept = wait.then(() => {
          socket.write(piece);
          upstream.resume();
        });
      });
      upstream.on("error", () => undefined); // followed by its end
      upstream.on("close", () => {
        void kept.then(() => {
          socket.destroySoon();
        });
      });
      socket.on("close", () => upstream.destroy());
      return cut;
    },
    answers: () => "answer",
    http2,
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    let body = "";
    request.on("data", (piece: Buffer) => (body += piece.toString()));
    request.on("end", () => {
      requests++;
      read([request.url ?? "", JSON.stringify(request.headers), body].join(" "));
      const answer = tools.answers(request);
      if (answer === "misdirected") response.writeHead(421).end();
      else if (answer === "timed-out") setTimeout(() => response.writeHead(408).end(), 1100);
      else if (answer === "http-1.1-only")
        (response as unknown as Http2ServerResponse).stream.close(constants.NGHTTP2_HTTP_1_1_REQUIRED);
      else if (answer === "answer") {
        for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
        const script = scripts[(request.url ?? "").replace(/\?.*/u, "")];
        if (script === undefined) housePage(request, response);
        else response.writeHead(200, SCRIPT).end(script);
      } else end(request.socket, answer);
    });
  };
  const end = (socket: Socket, how: Ending): void => {
    const below = taken.get(socket.remotePort);
    if (how === "close") socket.destroy();
    else if (how === "reset") below?.resetAndDestroy();
    else if (how === "no-http") socket.end("\u0000\u0001 nothing of the kind\r\n\r\n");
    else below?.write("nothing of the kind");
  };
  const ALPNCallback = ({ protocols }: { protocols: readonly string[] }): string =>
    tools.http2 && protocols.includes("h2") ? "h2" : "http/1.1";
  const his = createSecureServer({ key, cert, allowHTTP1: true, ALPNCallback }, (request, response) => {
    onRequest(request as unknown as IncomingMessage, response as unknown as ServerResponse);
  });
  const webSockets = new WebSocketServer({ noServer: true });
  his.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    sockets++;
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on("message", (message) => {
        read((message as Buffer).toString());
      });
      webSocket.send(JSON.stringify({ type: "auth_required", ha_version: HIS_VERSION }));
    });
  });
  house.attacker = strategy(tools);
  for (const name of names) lab.others.set(name, house.attacker);
  house.dropConnections();
  return { requests: () => requests, secrets: () => secrets, sockets: () => sockets };
}

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

/** Lets the look go to the house, takes what follows, and ends it without an answer. */
export const firstPasses =
  (ending: Ending): Strategy =>
  (tools) => {
    tools.answers = () => ending;
    return always(({ take, relay }, socket, index) => {
      if (index === 1) take(socket);
      else relay(socket);
    })(tools);
  };

/** What a browser still sends of a handshake after its first message is shorter than any request. */
const MAX_FINISHED = 120;

/**
 * Lets the handshake go to the house and drops the request; reads the one that Firefox sends instead, and drops it,
 * too; and lets the third go to the house, so that the page sees nothing.
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
  /** How many requests he turns away; all, unless told. */
  readonly times?: number;
  /** Of the house from him, in milliseconds for each piece of its answers. */
  readonly distance?: number;
}

/** Turns requests away, so that Firefox sends them once more, and lets that pass. */
export const turnsAway =
  (how: Exclude<TurnedAway, "http-1.1-only">, means: TurningAway = {}): Strategy =>
  (tools) => {
    const { skip = 0, times = Infinity, distance = 0 } = means;
    let left = times;
    let relayNext = false;
    tools.answers = () => {
      relayNext = true;
      left--;
      return how;
    };
    const waits = distance === 0 ? {} : { waits: () => new Promise((done) => setTimeout(done, distance)) };
    return always(({ take, relay }, socket, index) => {
      // What lived on would be used for later requests.
      if (relayNext || left === 0 || index < skip) setTimeout(relay(socket, waits), 500);
      else take(socket);
      relayNext = false;
    })(tools);
  };

/** Takes what may be HTTP/2, and turns each request on it away to HTTP/1.1, which he lets pass. */
const HTTP_1_1_ONLY: Strategy = (tools) => {
  tools.http2 = true;
  tools.answers = () => "http-1.1-only";
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
    (tools) => {
      let relayNext = false;
      tools.answers = (request) => {
        if (!isSafe(request)) return "close";
        relayNext = true;
        return "reset";
      };
      return always(({ take, relay }, socket) => {
        if (relayNext) setTimeout(relay(socket), 500);
        else take(socket);
        relayNext = false;
      })(tools);
    },
  ],
  ["misdirected: turns every request away by 421, and relays what Firefox then sends again", turnsAway("misdirected")],
  ["timed out: the same by 408 a second later", turnsAway("timed-out")],
  ['downgrade: the same by HTTP/2\'s word for "only over HTTP/1.1"', HTTP_1_1_ONLY],
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
