// Firefox's processes, with the time and memory that Firefox itself counts for them (about:processes).
import { z } from "zod";
import { inBrowserWindow, type Bidi } from "../test/lab/browser-chrome";

const PROCESS = z.object({
  pid: z.number(),
  type: z.string(),
  /** Processor time since its start, in ms: of all threads, and of the main thread. */
  time: z.number(),
  mainTime: z.number(),
  /** Memory that is its own, in bytes. */
  memory: z.number(),
});
export type Process = z.infer<typeof PROCESS>;

/** All processes; `browser` is the parent, `extension` that of the extensions. */
export const processesOf = async (bidi: Bidi): Promise<Process[]> =>
  z.array(PROCESS).parse(
    await inBrowserWindow(
      bidi,
      `const parent = await ChromeUtils.requestProcInfo();
      return [parent, ...parent.children].map(({ pid, type, cpuTime, memory, threads }) => ({ pid, type, memory,
        time: cpuTime / 1e6,
        mainTime: (threads.find(({ tid }) => tid === pid)?.cpuTime ?? 0) / 1e6 }));`,
    ),
  );
