// Synchronous transactions of a Durable Object's storage, which the bindings do not offer.

const ROLLED_BACK = new Error('rolled back');

/** Runs `work` inside one transaction; when it answers false nothing of it is kept. */
export function transact(storage, work) {
  try {
    storage.transactionSync(() => {
      if (!work()) throw ROLLED_BACK;
    });
    return true;
  } catch (error) {
    if (error === ROLLED_BACK) return false;
    throw error;
  }
}
