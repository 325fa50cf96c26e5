/** Certificates for the tests, made by openssl when they run: an authority, a server, clients. */
import { join } from "node:path";
import { TemporaryDirectory } from "../harness/files.ts";

const VALID_DAYS = "2";
const SERVER_NAMES = "subjectAltName=DNS:localhost,IP:127.0.0.1";

/** Paths of a certificate and its key. */
export interface KeyPair {
  cert: string;
  key: string;
}

/** What one set of tests needs. All paths are in a temporary directory, which goes with the object. */
export interface Certificates {
  [Symbol.dispose](): void;
  directory: string;
  /** The authority's certificate. */
  ca: string;
  /** For `localhost` and 127.0.0.1, signed by the authority. */
  server: KeyPair;
  /** Signed by the authority, with the common name `client.example`. */
  client: KeyPair;
  /** Signed by nobody but itself. */
  stranger: KeyPair;
  /** Another authority's certificate. */
  otherCa: string;
  /** Signed by that one, for `localhost` and 127.0.0.1, with the common name `other`. */
  other: KeyPair;
}

/** Makes all certificates. @throws {Error} with openssl's words if it fails */
export async function makeCertificates(): Promise<Certificates> {
  const folder = new TemporaryDirectory();
  const directory = folder.path;
  const authority = await selfSigned(directory, "authority");
  const otherAuthority = await selfSigned(directory, "other-authority");
  return {
    directory,
    ca: authority.cert,
    server: await signed(
      directory,
      "localhost",
      authority,
      SERVER_NAMES,
    ),
    client: await signed(directory, "client.example", authority, "extendedKeyUsage=clientAuth"),
    stranger: await selfSigned(directory, "stranger"),
    otherCa: otherAuthority.cert,
    other: await signed(directory, "other", otherAuthority, SERVER_NAMES),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

/** The flags that give an nsqd this certificate, and HTTPS on any free port. */
export function tlsFlags({ server }: Certificates): string[] {
  return [
    `--tls-cert=${server.cert}`,
    `--tls-key=${server.key}`,
    "--https-address=127.0.0.1:0",
  ];
}

async function selfSigned(directory: string, name: string): Promise<KeyPair> {
  const pair = pathsOf(directory, name);
  await openssl(
    ...["req", "-x509", ...newKey(pair.key), "-days", VALID_DAYS, "-subj", `/CN=${name}`],
    ...["-out", pair.cert],
  );
  return pair;
}

async function signed(
  directory: string,
  name: string,
  authority: KeyPair,
  extension: string,
): Promise<KeyPair> {
  const pair = pathsOf(directory, name);
  const request = join(directory, `${name}.csr`);
  const extensions = join(directory, `${name}.ext`);
  await Deno.writeTextFile(extensions, extension);
  await openssl("req", ...newKey(pair.key), "-subj", `/CN=${name}`, "-out", request);
  await openssl(
    ...["x509", "-req", "-in", request, "-days", VALID_DAYS, "-extfile", extensions],
    ...["-CA", authority.cert, "-CAkey", authority.key, "-CAcreateserial", "-out", pair.cert],
  );
  return pair;
}

function pathsOf(directory: string, name: string): KeyPair {
  return { cert: join(directory, `${name}.pem`), key: join(directory, `${name}.key`) };
}

function newKey(path: string): string[] {
  return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", path];
}

/** Runs openssl. @throws {Error} with its words if it fails */
export async function openssl(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", { args }).output();
  if (!success) throw new Error(`openssl ${args[0]}: ${new TextDecoder().decode(stderr)}`);
}
