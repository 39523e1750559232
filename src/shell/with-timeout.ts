/** @returns the result of the promise, or `late` if it takes more than `limit` ms */
export async function withTimeout<T, L>(promise: Promise<T>, limit: number, late: L): Promise<T | L> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const isLate = new Promise<L>((resolve) => {
    timer = setTimeout(resolve, limit, late);
  });
  try {
    return await Promise.race([promise, isLate]);
  } finally {
    clearTimeout(timer);
  }
}
