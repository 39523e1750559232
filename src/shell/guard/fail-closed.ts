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
 * @param onPassed - called when a request may go on, with what becomes of it. If it throws, the decision stands
 */
export function failClosed<Details>(
  listener: (details: Details) => Response | Promise<Response>,
  onFailure: (details: Details, failure: ListenerFailure) => Response,
  onPassed: (details: Details, response: Response) => void = () => undefined,
): (details: Details) => Response | Promise<Response> {
  const pass = (details: Details, response: Response): Response => {
    try {
      if (response.cancel !== true) onPassed(details, response);
    } catch (cause) {
      console.error("Latchkey could not note a request", cause);
    }
    return response;
  };
  const fail = (details: Details, failure: ListenerFailure): Response => {
    try {
      return onFailure(details, failure);
    } catch {
      return { cancel: true };
    }
  };
  const decide = (details: Details): Response | Promise<Response> => {
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
  return (details) => {
    const decided = decide(details);
    return decided instanceof Promise ? decided.then((response) => pass(details, response)) : pass(details, decided);
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
