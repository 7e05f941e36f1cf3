package crossaccountkcl.kcl;

import software.amazon.kinesis.processor.ShardRecordProcessor;

/** A record processor that can be told in the middle of a batch, from another thread, to leave its shard. */
public interface LeavableProcessor extends ShardRecordProcessor {
    /** Why the shard is to be left; docs/protocol.md has the texts. */
    enum Reason {
        /** Another worker may read the shard already: what is still handled here comes twice. */
        LEASE_LOST("leaseLost"),
        /** KCL wants to give the lease away, or the worker stops: there is time for a checkpoint. */
        HANDOVER("handover");

        private final String text;

        Reason(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** Whether KCL has come as far as to call {@code initialize}. */
    boolean isInitialized();

    /** Whether it is in the middle of a batch. */
    boolean isDelivering();

    /** May be called again, and when no batch is being delivered: then it has no effect. May block. */
    void leave(Reason reason);
}
