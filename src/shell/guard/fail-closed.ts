import type { WebRequest } from "webextension-polyfill";

type Response = WebRequest.BlockingResponse;

/** What went wrong in a listener that Firefox waits for. */
export type ListenerFailure = "threw" | "late";

/**
 * Maximum time a blocking listener may take, in ms. Firefox lets a request go if a listener rejects. It also does so if
 * it ends the background page while a listener still runs, which happens after a much longer time.
 */
const LIMIT = 8000;

/**
 * Makes a blocking listener that always decides. If `listener` throws, rejects, answers nothing, or takes longer than
 * `limit`, `onFailure` decides on the request. If that fails too, the request is cancelled.
 * @param onPassed - called with the decision if a request may go on. If it throws, the decision stands
 * @param limit - in ms
 */
export function failClosed<Details>(
  listener: (details: Details) => Response | Promise<Response>,
  onFailure: (details: Details, failure: ListenerFailure) => Response,
  onPassed: (details: Details, response: Response) => void = () => undefined,
  limit = LIMIT,
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
          limit,
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

function withDeadline(
  answer: Promise<unknown>,
  limit: number,
  late: () => Response,
  threw: () => Response,
): Promise<Response> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve(late());
    }, limit);
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
