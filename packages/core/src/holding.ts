// What a session holds in the stores, as it is listed, so that another pod can give it back.

export type Holding =
  | readonly ["session", sessionId: string, uid: string]
  | readonly ["place", sessionId: string, uid: string, rid: string]
  | readonly ["seat", sessionId: string, rid: string];
