// What a developer reads after `npm start`.

/** Where what a command does is told. */
const COLUMN = 56;
const USUAL_PORT = 8080;

export interface Welcome {
  readonly wsPort: number;
  readonly restPort: number;
  /** Undefined where MSE has no port of its own. */
  readonly msePort?: number;
  readonly secure: boolean;
  readonly appToken: string;
  /** True if the token was made for this run. */
  readonly made: boolean;
  /** Whether clients of JSONgle have to show a token (JWT). */
  readonly tokenNeeded: boolean;
}

export function printWelcome({ wsPort, restPort, msePort, secure, appToken, made, tokenNeeded }: Welcome): void {
  const scheme = secure ? "https" : "http";
  const demo = `npm run demo -- --url ${scheme}://localhost:${wsPort}`;
  // The secret that a pod leaves for it bears the number of its port.
  const token = `${wsPort === USUAL_PORT ? "" : `wsPort=${wsPort} `}npm run token -- --room r --user u`;
  const selfCheck = `curl ${secure ? "-k " : ""}${scheme}://localhost:${restPort}/tests`;
  process.stdout.write(`
Jongleur is ready.

  clients     ${scheme}://localhost:${wsPort}   Socket.IO, auth: { appToken${tokenNeeded ? ", token" : ""} }
              ${scheme.replace("http", "ws")}://localhost:${wsPort}/mse   MSE, with a token (JWT)
${msePort === undefined ? "" : `              ${scheme.replace("http", "ws")}://localhost:${msePort}/   the same\n`}  operators   ${scheme}://localhost:${restPort}   /about /stats /metrics /tests
  ${tokenLine(appToken, made)}

Try next, in a second terminal:

  ${demo.padEnd(COLUMN)}two clients act out a call, drawn as a ladder
  ${`${demo} --mse`.padEnd(COLUMN)}the same by MSE
  ${token.padEnd(COLUMN)}prints a token for a client, MSE's or any
  ${selfCheck.padEnd(COLUMN)}a self-check: connect, join, relay

Ctrl-C stops it.
`);
}

function tokenLine(appToken: string, made: boolean): string {
  if (appToken === "") return "appToken    is empty: every client is refused";
  return made ? `appToken    ${appToken}   (made for this run: set appToken to keep one)` : "appToken    as configured";
}
