// A call with audio, video and a data channel, by relays only. It is signaling's job to bring the two sides together.

export async function startCall(iceServers, signaling, video) {
  const connection = new RTCPeerConnection({ iceServers, iceTransportPolicy: "relay" });
  const candidates = new CandidateQueue(connection);
  const heard = [];
  const channel = connection.createDataChannel("chat", { negotiated: true, id: 0 });
  channel.onmessage = ({ data }) => {
    heard.push(data);
    if (data.startsWith("ping")) channel.send(data.replace("ping", "pong"));
  };
  connection.ontrack = ({ streams: [stream] }) => {
    video.srcObject = stream;
  };
  connection.onicecandidate = ({ candidate }) => candidate && signaling.candidate(candidate.toJSON());
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  for (const track of stream.getTracks()) connection.addTrack(track, stream);

  signaling.onoffer = async (offer) => {
    await connection.setRemoteDescription(offer);
    await connection.setLocalDescription();
    signaling.answer(connection.localDescription.toJSON());
    await candidates.open();
  };
  signaling.onanswer = async (answer) => {
    await connection.setRemoteDescription(answer);
    await candidates.open();
  };
  signaling.oncandidate = (candidate) => candidates.add(candidate);

  return {
    heard,
    begin: async () => {
      await connection.setLocalDescription();
      await signaling.offer(connection.localDescription.toJSON());
    },
    say: (text) => channel.send(text),
    report: () => report(connection, channel),
  };
}

/** Candidates may come before the description that they belong to. */
class CandidateQueue {
  waiting = [];

  constructor(connection) {
    this.connection = connection;
  }

  async add(candidate) {
    if (this.waiting) this.waiting.push(candidate);
    else await this.connection.addIceCandidate(candidate);
  }

  async open() {
    const waiting = this.waiting ?? [];
    this.waiting = undefined;
    for (const candidate of waiting) await this.connection.addIceCandidate(candidate);
  }
}

/** What has come through so far, and which way. */
async function report(connection, channel) {
  const stats = await connection.getStats();
  const all = [...stats.values()];
  const inbound = (kind) => all.find((one) => one.type === "inbound-rtp" && one.kind === kind);
  const selected = stats.get(all.find(({ type }) => type === "transport")?.selectedCandidatePairId);
  return {
    state: connection.connectionState,
    channel: channel.readyState,
    framesDecoded: inbound("video")?.framesDecoded ?? 0,
    audioPackets: inbound("audio")?.packetsReceived ?? 0,
    local: stats.get(selected?.localCandidateId)?.candidateType,
    remote: stats.get(selected?.remoteCandidateId)?.candidateType,
  };
}
