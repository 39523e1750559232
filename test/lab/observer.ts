// Somebody on the way who decrypts nothing and measures: what each connection looks like from outside, at the moment when
// he would have to decide whether to decrypt it.
import { connect, type Socket } from "node:net";
import type { Attacker, House, Lab } from "./lab";

/** What he knows of a connection when its first message of TLS has come, each as a number. */
export interface Look {
  /** Bytes of that message. */
  readonly bytes: number;
  /** Milliseconds from the connection to that message. */
  readonly untilHello: number;
  /** Milliseconds since anything was sent on a connection of an earlier group; none counts as ten seconds. */
  readonly gap: number;
  /** Milliseconds since the first one of its group, and how many of the group came before. */
  readonly intoGroup: number;
  readonly position: number;
  /** How many groups there were in this visit before. */
  readonly groups: number;
  /** How many connections live. */
  readonly open: number;
}

/** Connections that follow each other within so many milliseconds count as one group. */
const GROUP = 60;
const LONG = 10_000;

export interface Seen {
  readonly look: Look;
  /** The port by which the house knows the connection; `undefined` of one that he took. */
  readonly port: number | undefined;
}

export interface Observer {
  readonly attacker: Attacker;
  /** What has come since the last call. */
  readonly take: () => readonly Seen[];
}

/**
 * @param roundTrip - of the line to the house, in milliseconds
 * @param wants - whether he takes a connection; it is relayed otherwise
 */
export function observe(
  lab: Lab,
  house: House,
  roundTrip: number,
  wants: (look: Look) => boolean,
  takes: (socket: Socket) => void,
): Observer {
  let seen: Seen[] = [];
  let groups = 0;
  let groupBegan = 0;
  let position = 0;
  let lastHello = 0;
  let lastByte = 0;
  let lastByteBefore = 0;
  let open = 0;
  const onHello = (bytes: number, connected: number): Look => {
    const now = performance.now();
    if (now - lastHello > GROUP) {
      groups = lastHello === 0 ? 0 : groups + 1;
      [groupBegan, position, lastByteBefore] = [now, 0, lastByte];
    }
    lastHello = now;
    const gap = lastByteBefore === 0 ? LONG : Math.min(LONG, groupBegan - lastByteBefore);
    return { bytes, untilHello: now - connected, gap, intoGroup: now - groupBegan, position: position++, groups, open };
  };
  const attacker: Attacker = {
    onConnection: (socket) => {
      const connected = performance.now();
      open++;
      socket.on("close", () => open--);
      socket.once("readable", () => {
        const hello = socket.read() as Buffer | null;
        if (hello === null) return;
        socket.unshift(hello);
        const look = onHello(hello.length, connected);
        if (wants(look)) {
          seen.push({ look, port: undefined });
          takes(socket);
          return;
        }
        const upstream = connect(house.proxy ?? lab.directPort, "127.0.0.1", () => {
          seen.push({ look, port: upstream.localPort });
        });
        const later = (act: () => void): void => void setTimeout(act, roundTrip / 2);
        const touch = (): void => {
          lastByte = performance.now();
        };
        socket.on("data", (piece: Buffer) => {
          touch();
          later(() => upstream.write(piece));
        });
        upstream.on("data", (piece: Buffer) => {
          later(() => {
            touch();
            socket.write(piece);
          });
        });
        upstream.on("error", () => undefined); // followed by its end
        upstream.on("close", () => {
          later(() => {
            socket.destroySoon();
          });
        });
        socket.on("close", () => upstream.destroy());
      });
    },
  };
  return {
    attacker,
    take: () => {
      const all = seen;
      seen = [];
      groups = lastHello = 0;
      return all;
    },
  };
}

const valuesOf = ({ bytes, untilHello, gap, intoGroup, position, groups, open }: Look): number[] => [
  ...[bytes, untilHello, Math.log1p(gap), intoGroup, position, groups, open],
];

export interface Sample {
  readonly look: Look;
  readonly isSecret: boolean;
}

const STEPS = 2000;
const RATE = 0.3;
const SHRINK = 1e-3;

/** A logistic regression, by gradient descent over standardized values. @returns how likely a connection carries a secret */
export function train(samples: readonly Sample[]): (look: Look) => number {
  const rows = samples.map(({ look }) => valuesOf(look));
  const width = rows[0]?.length ?? 0;
  const columns = Array.from({ length: width }, (_, column) => rows.map((row) => row[column] ?? 0));
  const means = columns.map((column) => column.reduce((sum, value) => sum + value, 0) / column.length);
  const spreads = columns.map((column, index) => {
    const squares = column.reduce((sum, value) => sum + (value - (means[index] ?? 0)) ** 2, 0);
    return Math.sqrt(squares / column.length) || 1;
  });
  const standard = (row: readonly number[]): number[] => [
    1,
    ...row.map((value, index) => (value - (means[index] ?? 0)) / (spreads[index] ?? 1)),
  ];
  const inputs = rows.map(standard);
  const weights = new Array<number>(width + 1).fill(0);
  const likely = (input: readonly number[]): number =>
    1 / (1 + Math.exp(-input.reduce((sum, value, index) => sum + value * (weights[index] ?? 0), 0)));
  for (let step = 0; step < STEPS; step++) {
    const errors = inputs.map((input, index) => likely(input) - Number(samples[index]?.isSecret));
    for (const column of weights.keys()) {
      const slope = inputs.reduce((sum, input, index) => sum + (input[column] ?? 0) * (errors[index] ?? 0), 0);
      weights[column] = (weights[column] ?? 0) * (1 - RATE * SHRINK) - (RATE * slope) / inputs.length;
    }
  }
  return (look) => likely(standard(valuesOf(look)));
}
