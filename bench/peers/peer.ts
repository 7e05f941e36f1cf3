/** What a peer is started with; the same for all of them. */
export interface PeerRun {
  /** For the peer's own files. */
  folder: string;
  /** Where its handler writes what it was given: see progress.ts. */
  progressFile: string;
  applicationName: string;
  streamName: string;
  kinesisEndpoint: string;
  dynamodbEndpoint: string;
  /** The reader's account and region. */
  account: Record<string, string>;
  /**
   * How often it looks for shards and leases at its start. `defaults` are the peer's own; `short` are shorter, for peers
   * whose defaults take a minute and a half to start. What costs CPU in a long run, failoverTimeMillis and the metrics of
   * workers, has KCL's defaults in both. Ours has its defaults in both.
   */
  intervals: 'defaults' | 'short';
  /** idleTimeBetweenReadsInMillis or what the peer calls it; its default unless given. */
  idleBetweenReadsMs?: number;
  position?: 'TRIM_HORIZON' | 'LATEST';
  measureLatency?: boolean;
  /** -Xmx of the JVM, where the peer has one; Java's own limit unless given. */
  heap?: string;
  /** Of the endpoint's certificate. */
  trust?: { pemFile: string; pfxFile: string; passphrase: string };
}

export interface PeerCommand {
  command: string;
  args: readonly string[];
  env: Record<string, string>;
}

export interface Peer {
  id: string;
  name: string;
  /** Whether it keeps leases in KCL's table. */
  kcl: boolean;
  /** Whether it calls itself WORKER in the lease table, where it finds its leases when it starts again. */
  named?: boolean;
  /** Says what of it is not on this machine; undefined if all is. */
  lacks?(): string | undefined;
  command(run: PeerRun): PeerCommand;
}

/** KCL's workerIdentifier of the peers that have one of their own choice. */
export const WORKER = 'bench-worker';

/** Who is to hold the leases that it starts with; undefined where nobody is. */
export const workerOf = ({ named }: Peer) => (named ? WORKER : undefined);

export function optional(entries: Record<string, string | number | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(entries).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}

/** What every JVM gets. */
export function javaOptions({ heap, trust }: PeerRun): string[] {
  return [
    '-Dfile.encoding=UTF-8',
    ...(heap === undefined ? [] : [`-Xmx${heap}`]),
    ...(trust === undefined
      ? []
      : [
          `-Djavax.net.ssl.trustStore=${trust.pfxFile}`,
          '-Djavax.net.ssl.trustStoreType=PKCS12',
          `-Djavax.net.ssl.trustStorePassword=${trust.passphrase}`,
        ]),
  ];
}
