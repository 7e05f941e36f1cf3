import { chmodSync } from 'node:fs';
import { writeProfiles } from '../../../lab/aws-profiles.js';
import { type Lab, startLab } from '../../../lab/lab.js';
import { type SharedOrders, shareOrders } from '../../../lab/shared-orders.js';
import { docker } from './image.js';

/** The lab on this machine, and a network whose containers reach it as they would reach AWS. */
export interface SharedLab {
  lab: Lab;
  orders: SharedOrders;
  network: string;
  /** This machine, as the network's containers reach it. */
  host: string;
  /** Options of `docker run`: the reader's profile, at the home of the image's user. */
  profile: string[];
  stop(): Promise<void>;
}

export const READER = 'reader';

export async function startSharedLab(): Promise<SharedLab> {
  const network = `xak-test-${process.pid}`;
  docker('network', 'create', network);
  const host = docker('network', 'inspect', '--format', '{{(index .IPAM.Config 0).Gateway}}', network);
  const lab = await startLab({ gateHost: host }).catch((error) => {
    docker('network', 'rm', network);
    throw error;
  });
  const orders = await shareOrders(lab, { shared: true });
  const { endpoint } = lab.gate;
  const files = writeProfiles({
    [READER]: { endpoint, region: lab.region, credentials: orders.reader.credentials },
  });
  // For the image's user, who is another one.
  chmodSync(files.folder, 0o755);
  chmodSync(files.configFile, 0o644);
  chmodSync(files.credentialsFile, 0o644);
  return {
    lab,
    orders,
    network,
    host,
    profile: ['--volume', `${files.folder}:/home/node/.aws:ro`],
    async stop() {
      files.remove();
      await lab.stop();
      docker('network', 'rm', network);
    },
  };
}
