// An attacker who passes everything on, and cuts the connection at any stage.
import type { Strategy } from "./attacker";

/** How far a connection gets before the cut. At `part`, the browser still gets half a record of an answer. */
export const STAGES = ["hello", "handshake", "finished", "request", "answer", "part"] as const;
export type Stage = (typeof STAGES)[number];
export type Manner = "reset" | "close";

/** Maximum length in bytes of what a browser sends to finish a handshake. Every request is longer. */
const MAX_FINISHED = 120;

/** @param then - what happens to the next connection after the first cut */
export const cutAt =
  (stage: Stage, manner: Manner, then: "cut" | "take"): Strategy =>
  ({ take, relay }) => {
    let wasCut = false;
    return {
      onConnection: (socket) => {
        if (wasCut && then === "take") {
          take(socket);
          return;
        }
        let sent = 0;
        let asked = false;
        const cut = (): false => {
          wasCut = true;
          return false;
        };
        relay(socket, {
          manner,
          passes: (bytes) => {
            sent++;
            asked ||= sent > 1 && bytes > MAX_FINISHED;
            if (stage === "hello" || (stage === "finished" && sent > 1) || (stage === "request" && asked)) return cut();
            return true;
          },
          answers: () => {
            if (stage === "handshake" || (stage === "answer" && asked)) return cut();
            return stage === "part" && asked ? (cut(), "half") : true;
          },
        });
      },
    };
  };
