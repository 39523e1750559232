import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";

/** A virtual screen, for actions that Firefox only does with a screen. */
export interface Screen {
  /** Its name for `DISPLAY`. */
  readonly display: string;
  readonly end: () => Promise<void>;
}

export async function startScreen(): Promise<Screen> {
  const server = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", "1280x1024x24"], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  const [number] = (await once(server.stdio[3] as Readable, "data")) as [Buffer];
  return {
    display: `:${number.toString().trim()}`,
    end: async () => {
      const ended = once(server, "exit");
      server.kill();
      await ended;
    },
  };
}
