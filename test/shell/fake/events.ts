import { withTimeout } from "../../../src/shell/with-timeout";

export type Listener = (...args: unknown[]) => unknown;
export interface Decision {
  readonly cancel?: boolean;
  readonly redirectUrl?: string;
  readonly upgradeToSecure?: boolean;
  readonly requestHeaders?: { name: string; value?: string }[];
  readonly responseHeaders?: { name: string; value?: string }[];
}

/**
 * Time after which Firefox may end the event page while a listener waits, in ms: its idle time
 * (`extensions.background.idle.timeout`).
 */
const PATIENCE = 30_000;

/** Firefox's events, by their paths. */
export class FakeEvents {
  readonly #listeners = new Map<string, { listener: Listener; types: readonly string[] | undefined }[]>();

  /** The events under a path, to be listened to. */
  under(path: string, names: readonly string[]): object {
    return Object.fromEntries(names.map((name) => [name, this.#event(`${path}.${name}`)]));
  }

  #event(name: string): object {
    const addListener = (listener: Listener, filter?: { types?: readonly string[] }): void => {
      removeListener(listener);
      this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), { listener, types: filter?.types }]);
    };
    const removeListener = (listener: Listener): void => {
      const others = this.#listeners.get(name) ?? [];
      this.#listeners.set(
        name,
        others.filter((other) => other.listener !== listener),
      );
    };
    return { addListener, removeListener };
  }

  /** The first listener of an event, to be called directly. */
  listener(event: string): Listener | undefined {
    return this.#listeners.get(event)?.[0]?.listener;
  }

  /** An error that a listener throws only goes to the console. */
  emit(event: string, ...args: unknown[]): unknown[] {
    return (this.#listeners.get(event) ?? []).flatMap(({ listener, types }) => {
      const { type } = args[0] as { type?: string };
      if (types !== undefined && (type === undefined || !types.includes(type))) return [];
      try {
        return [listener(...args)];
      } catch {
        return [];
      }
    });
  }

  /** The decision of all listeners together. A listener that fails or answers too late decides nothing. */
  async blocking(event: string, details: object): Promise<Decision> {
    const answers = this.emit(event, details).map((answer) =>
      withTimeout(
        Promise.resolve(answer).catch(() => undefined),
        PATIENCE,
        undefined,
      ),
    );
    return Object.assign({}, ...(await Promise.all(answers))) as Decision;
  }
}
