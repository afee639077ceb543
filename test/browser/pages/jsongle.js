// Signaling by JSONgle over socket.io-client, as PROTOCOL.md says.
import { io } from "/socket.io.js";

export async function joinByJsongle({ url, appToken, token, uid, rid }) {
  const socket = io(url, { auth: { appToken, token }, transports: ["websocket"] });
  socket.on("connect_error", (error) => {
    throw error;
  });
  const session = new Session(socket);
  await session.hello(uid);
  await session.ask("iq-set", "session-join", { rid });
  return new JsongleSignaling(session, rid);
}

class Session {
  listeners = new Set();

  constructor(socket) {
    this.socket = socket;
    socket.on("jsongle", (message) => {
      for (const listener of [...this.listeners]) listener(message);
    });
  }

  waitFor(fits) {
    return new Promise((resolve) => {
      const listener = (message) => {
        if (!fits(message.jsongle)) return;
        this.listeners.delete(listener);
        resolve(message);
      };
      this.listeners.add(listener);
    });
  }

  async hello(uid) {
    const { from, to, jsongle } = await this.waitFor(({ query }) => query === "session-hello");
    this.server = from;
    this.id = to;
    const { transaction } = jsongle;
    const acked = this.waitFor(({ action }) => action === "ack");
    this.send(from, { action: "iq-result", query: "session-hello", transaction, description: { uid } });
    await acked;
  }

  async ask(action, query, description) {
    const transaction = crypto.randomUUID();
    const answered = this.waitFor((jsongle) => jsongle.transaction === transaction);
    this.send(this.server, { action, query, transaction, description });
    const { jsongle } = await answered;
    if (jsongle.action !== "iq-result") throw new Error(JSON.stringify(jsongle));
    return jsongle.description;
  }

  send(to, jsongle) {
    this.socket.emit("jsongle", { id: crypto.randomUUID(), from: this.id, to, jsongle });
  }
}

class JsongleSignaling {
  #session;
  #rid;

  constructor(session, rid) {
    this.#session = session;
    this.#rid = rid;
    session.listeners.add(({ jsongle: { action, description } }) => {
      if (action === "session-propose") this.#say("session-proceed", {});
      if (action === "session-initiate") void this.onoffer(description.offer);
      if (action === "session-accept") void this.onanswer(description.answer);
      if (action === "transport-info") void this.oncandidate(description.candidate);
    });
  }

  iceServers() {
    return this.#session.ask("iq-get", "ice-servers", { rid: this.#rid });
  }

  async offer(offer) {
    const proceeded = this.#session.waitFor(({ action }) => action === "session-proceed");
    this.#say("session-propose", { media: "video" });
    await proceeded;
    this.#say("session-initiate", { offer });
  }

  answer(answer) {
    this.#say("session-accept", { answer });
  }

  candidate(candidate) {
    this.#say("transport-info", { candidate });
  }

  #say(action, description) {
    this.#session.send(this.#rid, { sid: "s1", action, description });
  }
}
