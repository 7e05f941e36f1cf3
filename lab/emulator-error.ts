import { CrossAccountKclError } from '../src/errors/errors.js';
import { ExitCode } from '../src/errors/exit-codes.js';

/** An emulator did not become healthy, or ended before it was stopped; the message holds its last output. */
export class EmulatorError extends CrossAccountKclError {
  readonly code = 'XAK_LAB_EMULATOR';
  readonly exitCode = ExitCode.unexpected;
}
