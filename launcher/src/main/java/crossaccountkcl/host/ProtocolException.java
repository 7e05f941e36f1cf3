package crossaccountkcl.host;

import java.io.IOException;

/** The other end broke the protocol of docs/protocol.md; the message says how. */
final class ProtocolException extends IOException {
    private static final long serialVersionUID = 1L;

    ProtocolException(String message) {
        super(message);
    }
}
