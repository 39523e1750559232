/** Asks until the answer is right. Fails with the last answer if it isn't right in time. */
export async function until<T>(ask: () => Promise<T> | T, isRight: (answer: T) => boolean, limit = 20_000): Promise<T> {
  const end = Date.now() + limit;
  for (;;) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    if (Date.now() > end) throw new Error(`not in time; the last answer was ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
