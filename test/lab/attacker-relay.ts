// Passes data between the browser and the instance, piece by piece, below TLS.
import type { Socket } from "node:net";

export interface Way {
  /** Whether a piece from the browser goes on to the instance; otherwise the connection is cut. */
  readonly passes?: (bytes: number) => boolean;
  /** The same for a piece from the instance; half of the last one may pass. */
  readonly answers?: () => boolean | "half";
  /** How the connection is cut; by default, with a reset. */
  readonly manner?: "reset" | "close";
  /** The instance's next pieces wait for this. */
  readonly waits?: () => Promise<unknown> | undefined;
}

/**
 * Passes everything on between the browser and the instance, as far as `way` allows. @returns a function that cuts it
 */
export function relay(
  socket: Socket,
  upstream: Socket,
  { passes = () => true, answers = () => true, waits = () => undefined, manner = "reset" }: Way = {},
): () => void {
  /** Pieces that are held must go through before the end does. */
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
  upstream.on("error", () => undefined); // its end follows
  upstream.on("close", () => {
    void kept.then(() => {
      socket.destroySoon();
    });
  });
  socket.on("close", () => upstream.destroy());
  return cut;
}
