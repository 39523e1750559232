// An observer below TLS, who measures and decrypts nothing: what connections show from outside when an attacker must
// decide whether to decrypt them.
import { connect, type Socket } from "node:net";
import type { Attacker, Instance, Lab } from "./lab";

/** What an observer knows about connections that come together, each as a number. */
export interface Features {
  /** How many there are. */
  readonly size: number;
  /** Bytes of all their first messages of TLS. */
  readonly bytes: number;
  /** Milliseconds from a connection to that message, on average. */
  readonly untilHello: number;
  /** Milliseconds from the first of these messages to the last. */
  readonly spread: number;
  /** Milliseconds since the last data on an earlier connection, at most ten seconds. */
  readonly gap: number;
  /** How many groups there were in this visit before. */
  readonly groups: number;
  /** How many connections are open. */
  readonly open: number;
}

/**
 * Maximum time from a group's first message to its last, in ms. The observer keeps them all for this time before
 * deciding.
 */
const GROUP = 60;
const LONG = 10_000;

export interface Seen {
  readonly features: Features;
  /** The ports by which the instance knows the connections; empty for those that the observer took. */
  readonly ports: readonly number[];
}

export interface Observer {
  readonly attacker: Attacker;
  /** The groups since the last call. */
  readonly take: () => readonly Seen[];
}

interface Waiting {
  readonly socket: Socket;
  readonly bytes: number;
  readonly untilHello: number;
  readonly at: number;
}

/** Passes everything on to the instance, each piece with the delay of the line. */
function relay(socket: Socket, upstream: Socket, ports: number[], delay: number, touch: () => void): void {
  upstream.on("connect", () => {
    if (upstream.localPort !== undefined) ports.push(upstream.localPort);
  });
  const later = (act: () => void): void => void setTimeout(act, delay);
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
  upstream.on("error", () => undefined); // its end follows
  upstream.on("close", () => {
    later(() => {
      socket.destroySoon();
    });
  });
  socket.on("close", () => upstream.destroy());
}

/**
 * Keeps the connections of one moment until a next one would belong to another group. Then takes or relays them
 * together: an attacker who can choose one of them can choose them all.
 * @param roundTrip - of the line to the instance, in milliseconds
 * @param wants - whether the observer takes a group; otherwise, it relays the group
 */
export function observe(
  lab: Lab,
  instance: Instance,
  roundTrip: number,
  wants: (features: Features) => boolean,
  takes: (socket: Socket) => void,
): Observer {
  let seen: Seen[] = [];
  let groups = 0;
  let lastByte = 0;
  let open = 0;
  let waiting: Waiting[] = [];

  const touch = (): void => {
    lastByte = performance.now();
  };
  const decide = (gap: number): void => {
    const group = waiting;
    waiting = [];
    const sum = (of: (one: Waiting) => number): number => group.reduce((total, one) => total + of(one), 0);
    const features: Features = {
      size: group.length,
      bytes: sum(({ bytes }) => bytes),
      untilHello: sum((one) => one.untilHello) / group.length,
      spread: (group.at(-1)?.at ?? 0) - (group[0]?.at ?? 0),
      gap,
      groups: groups++,
      open,
    };
    const ports: number[] = [];
    const isTaken = wants(features);
    for (const { socket } of group)
      if (isTaken) takes(socket);
      else relay(socket, connect(instance.proxy ?? lab.directPort, "127.0.0.1"), ports, roundTrip / 2, touch);
    seen.push({ features, ports });
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
        const at = performance.now();
        if (waiting.length === 0) setTimeout(decide, GROUP, Math.min(LONG, at - lastByte));
        waiting.push({ socket, bytes: hello.length, untilHello: at - connected, at });
      });
    },
  };
  return {
    attacker,
    take: () => {
      const all = seen;
      seen = [];
      groups = 0;
      return all;
    },
  };
}

/** What is measured, by name. Gaps differ by orders of magnitude, so their logarithm counts. */
const MEASURES: Readonly<Record<keyof Features, (features: Features) => number>> = {
  size: ({ size }) => size,
  bytes: ({ bytes }) => bytes,
  untilHello: ({ untilHello }) => untilHello,
  spread: ({ spread }) => spread,
  gap: ({ gap }) => Math.log1p(gap),
  groups: ({ groups }) => groups,
  open: ({ open }) => open,
};
export const MEASURED = Object.entries(MEASURES);
const valuesOf = (features: Features): number[] => MEASURED.map(([, measure]) => measure(features));

export interface Sample {
  readonly features: Features;
  /** Whether one of the connections carried a secret. */
  readonly isSecret: boolean;
}

const STEPS = 2000;
const RATE = 0.3;
const SHRINK = 1e-3;

/**
 * A logistic regression, by gradient descent over standardized values.
 * @returns the probability that a group of connections carries a secret
 */
export function train(samples: readonly Sample[]): (features: Features) => number {
  const rows = samples.map(({ features }) => valuesOf(features));
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
  return (features) => likely(standard(valuesOf(features)));
}
