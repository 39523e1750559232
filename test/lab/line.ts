import { connect, type Socket } from "node:net";
import type { Attacker, Lab } from "./lab";

/** Delays everything to and from the instances by this round trip time in ms, without an attacker. */
export const lineOf = (lab: Lab, roundTrip: number): Attacker => ({
  onConnection: (socket) => {
    const upstream = connect(lab.directPort, "127.0.0.1");
    // The browser is connected at once. So its first data is delayed by the round trip that connecting would take.
    const opened = Date.now() + roundTrip;
    passOn(socket, upstream, () => Math.max(opened - Date.now(), 0) + roundTrip / 2);
    passOn(upstream, socket, () => roundTrip / 2);
  },
});

function passOn(from: Socket, to: Socket, delay: () => number): void {
  from.on("data", (piece: Buffer) => setTimeout(() => to.write(piece), delay()));
  from.on("close", () =>
    setTimeout(() => {
      to.destroySoon();
    }, delay()),
  );
  from.on("error", () => from.destroy());
}
