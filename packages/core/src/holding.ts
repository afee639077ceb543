// What a session holds in the stores, as it is listed, so that another pod can give it back.

export type Holding =
  | readonly ["session", sessionId: string, uid: string]
  | readonly ["place", sessionId: string, uid: string, rid: string]
  | readonly ["seat", sessionId: string, rid: string]
  /** Somebody has been put out, or was about to be, and not all who have to know of it may do so. */
  | readonly ["expulsion", id: string, rid: string];
