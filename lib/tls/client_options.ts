/** TLS towards nsqd. Certificates and keys are PEM texts, not file names. */
export interface TlsOptions {
  /** Default true. False where `tls_*` options were given as text, without `tls_v1`. */
  enabled?: boolean;
  /** Authorities to trust. Default: the system's. */
  caCerts?: string[];
  /** The client's certificate; with `key` only. */
  cert?: string;
  key?: string;
  /** Takes any certificate: for tests only. */
  insecureSkipVerify?: boolean;
  minVersion?: "1.2" | "1.3";
}
