// Waiting for a fact, and saying what is missing when it does not come.

const PATIENCE_MS = 5000;
const PAUSE_MS = 10;

/** Tries until the assertion holds; gives up with its own error. */
export async function eventually(assertion: () => void | Promise<void>, patience = PATIENCE_MS): Promise<void> {
  const end = Date.now() + patience;
  for (;;) {
    try {
      return await assertion();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
