// An attacker who decides on the connections of a group one after the other: after seeing the first one's request.
import type { Socket } from "node:net";
import type { Strategy, Tools } from "./attacker";
import { always } from "./strategies";

/** The connections of a group come within this time, in ms. */
const GROUP = 40;
/** A connection may carry no request at all, so the next one waits no longer than this, in ms. */
const PATIENCE = 400;
/** Every request is longer than this, and the end of a handshake is shorter. */
const SHORTEST = 300;

/**
 * Passes a connection on.
 * @returns the bytes from the browser after the first message of TLS, as soon as its first request is answered;
 * `undefined` if it never is
 */
function lengthOf(relay: Tools["relay"], socket: Socket): Promise<number | undefined> {
  return new Promise((done) => {
    let pieces = 0;
    let bytes = 0;
    relay(socket, {
      passes: (length) => {
        if (++pieces > 1) bytes += length;
        return true;
      },
      answers: () => {
        if (bytes > SHORTEST) done(bytes);
        return true;
      },
    });
    socket.on("close", () => {
      done(undefined);
    });
    setTimeout(done, PATIENCE, undefined);
  });
}

/**
 * Passes everything on, and measures.
 * @param measured - called with the length of the first request of each connection, in bytes
 */
export const measures =
  (measured: (bytes: number) => void): Strategy =>
  ({ relay }) => ({
    onConnection: (socket) => {
      void lengthOf(relay, socket).then((bytes) => {
        if (bytes !== undefined) measured(bytes);
      });
    },
  });

/**
 * Passes the first connection of each group, and lets the next one wait until the first request has passed. A request
 * that is a little shorter than a probe's is the companion of a secret, so the one that waits carries the secret.
 */
export const STAGGERED: Strategy = (tools) => {
  tools.answers = () => "close";
  /** How often each length came. The most frequent one is a probe's. */
  const lengths = new Map<number, number>();
  const usual = (): number => [...lengths].reduce((most, one) => (one[1] > most[1] ? one : most), [0, 0])[0];
  let first: Promise<number | undefined> | undefined;
  return always(({ take, relay }, socket) => {
    if (first === undefined) {
      first = lengthOf(relay, socket);
      void first.then((bytes) => {
        if (bytes !== undefined) lengths.set(bytes, (lengths.get(bytes) ?? 0) + 1);
        setTimeout(() => {
          first = undefined;
        }, GROUP);
      });
      return;
    }
    void first.then((bytes) => {
      if (bytes !== undefined && bytes < usual()) take(socket);
      else relay(socket);
    });
  })(tools);
};
