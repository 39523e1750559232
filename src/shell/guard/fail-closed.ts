import type { WebRequest } from "webextension-polyfill";

type Response = WebRequest.BlockingResponse;

/** What went wrong in a listener that Firefox waits for. */
export type ListenerFailure = "threw" | "late";

/**
 * Maximum time a blocking listener may take, in ms. Firefox lets a request go when a listener rejects, and when it ends
 * the background page under a listener that takes much longer.
 */
const LIMIT = 8000;

/**
 * Makes a blocking listener that always decides: when `listener` throws, rejects, answers nothing, or takes longer than
 * {@link LIMIT}, `onFailure` says what becomes of the request. When that fails too, the request is cancelled.
 */
export function failClosed<Details>(
  listener: (details: Details) => Response | Promise<Response>,
  onFailure: (details: Details, failure: ListenerFailure) => Response,
): (details: Details) => Response | Promise<Response> {
  const fail = (details: Details, failure: ListenerFailure): Response => {
    try {
      return onFailure(details, failure);
    } catch {
      return { cancel: true };
    }
  };
  return (details) => {
    try {
      const answer: unknown = listener(details);
      if (answer instanceof Promise)
        return withDeadline(
          answer,
          () => fail(details, "late"),
          () => fail(details, "threw"),
        );
      return isResponse(answer) ? answer : fail(details, "threw");
    } catch {
      return fail(details, "threw");
    }
  };
}

const isResponse = (answer: unknown): answer is Response => typeof answer === "object" && answer !== null;

function withDeadline(answer: Promise<unknown>, late: () => Response, threw: () => Response): Promise<Response> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve(late());
    }, LIMIT);
    answer.then(
      (response) => {
        clearTimeout(timer);
        resolve(isResponse(response) ? response : threw());
      },
      () => {
        clearTimeout(timer);
        resolve(threw());
      },
    );
  });
}
