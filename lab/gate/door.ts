import type { Network } from '../iam/network.js';
import { type Fault, Faults } from './fault.js';
import type { Streamed } from './kinesis.js';
import { type Address, type GateServer, listen } from './server.js';
import type { Answer, Request } from './wire.js';

/** A way into the gate, at a port of its own. What happens at one door disturbs nobody who comes by another. */
export interface Door extends GateServer {
  /** Puts a fault in the way of the calls that come in here. @return ends it */
  disturb(fault: Fault): () => void;
  /** How many calls a fault has had an effect on until now. */
  disturbedCalls(): number;
}

export async function openDoor(
  address: Address,
  network: Network,
  serve: (request: Request, faults: Faults, network: Network) => Promise<Answer | Streamed>,
): Promise<Door> {
  const faults = new Faults();
  const server = await listen(address, (request) => serve(request, faults, network));
  return { ...server, disturb: (fault) => faults.add(fault), disturbedCalls: () => faults.disturbed };
}
