// A pod in a process of its own, to be stopped by a signal: takes a seat every few milliseconds, under whatever epoch it has.
import { openPod } from "./leased-pod.ts";

const [url = "", db] = process.argv.slice(2);
const { lease, rooms } = await openPod(url, { pod: "stopped", db: Number(db) });
await lease.start();
let seats = 0;
setInterval(async () => {
  const { epoch } = lease;
  const holder = { sessionId: `s${seats++}`, pod: "stopped", epoch };
  const { outcome } = await rooms.join("r", { ...holder, identity: { uid: "u" } }, "room", 100_000);
  process.stdout.write(`${epoch} ${outcome}\n`);
}, 5);
