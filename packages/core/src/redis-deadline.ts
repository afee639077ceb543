// Waiting for what Redis is to do, but not for ever.

/** @returns when it is done, or after so many milliseconds */
export async function within(ms: number, done: Promise<unknown>): Promise<void> {
  let deadline: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    deadline = setTimeout(resolve, ms);
  });
  await Promise.race([done, late]);
  clearTimeout(deadline);
}
