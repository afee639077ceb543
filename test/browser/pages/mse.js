// Signaling by MSE over a plain WebSocket, as PROTOCOL-MSE.md says.

export async function joinByMse({ url, token }) {
  const signaling = new MseSignaling(new WebSocket(`${url.replace(/^http/, "ws")}/mse`));
  await signaling.opened;
  await signaling.ask("auth", { token });
  await signaling.ask("start");
  return signaling;
}

class MseSignaling {
  #socket;
  #waiting = new Map();

  constructor(socket) {
    this.#socket = socket;
    this.opened = new Promise((resolve) => socket.addEventListener("open", resolve));
    socket.addEventListener("message", ({ data }) => this.#onMessage(JSON.parse(data)));
  }

  async ask(method, params) {
    const id = crypto.randomUUID();
    const answered = new Promise((resolve) => this.#waiting.set(id, resolve));
    this.#say(method, params, id);
    const { result, error } = await answered;
    if (error) throw new Error(JSON.stringify(error));
    return result;
  }

  iceServers() {
    return this.ask("iceServers");
  }

  offer(offer) {
    this.#say("sdpOffer", { offer });
  }

  answer(answer) {
    this.#say("sdpAnswer", { answer });
  }

  candidate(candidate) {
    this.#say("iceCandidate", { candidate });
  }

  #onMessage(message) {
    const { id, method, params } = message;
    this.#waiting.get(id)?.(message);
    if (method === "sdpOffer") void this.onoffer(params.offer);
    if (method === "sdpAnswer") void this.onanswer(params.answer);
    if (method === "iceCandidate") void this.oncandidate(params.candidate);
  }

  #say(method, params, id = null) {
    this.#socket.send(JSON.stringify({ id, method, jsonrpc: "2.0", params }));
  }
}
