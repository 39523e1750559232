// Two functions of ECMAScript 2024 that Firefox has, and Node 20, which the tests may run on, lacks.
const withResolvers = <T>(): PromiseWithResolvers<T> => {
  let functions: Pick<PromiseWithResolvers<T>, "resolve" | "reject"> | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    functions = { resolve, reject };
  });
  return { promise, ...(functions as unknown as Pick<PromiseWithResolvers<T>, "resolve" | "reject">) };
};

const groupBy = <K, T>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, T[]> => {
  const groups = new Map<K, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
};

if (!("withResolvers" in Promise)) Object.assign(Promise, { withResolvers });
if (!("groupBy" in Map)) Object.assign(Map, { groupBy });
