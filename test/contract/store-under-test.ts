// How a contract suite gets at an implementation.

export interface StoreUnderTest<Store> {
  /** Two pods' views of one state: calls through either are atomic with regard to the other's. */
  readonly pods: readonly [Store, Store];
  readonly close: () => Promise<void>;
}

/** Opens an empty store; called before each test. */
export type OpenStore<Store> = () => Promise<StoreUnderTest<Store>>;
