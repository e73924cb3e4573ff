package io.github.afterimage.engine.cuda;

/** The order of copies and computations that takes tiles through two buffers, each copy beside the computation before. */
final class StreamingSchedule {
    static final int BUFFERS = 2;

    private StreamingSchedule() {}

    /** What is done with a tile; each call only queues its work, but {@link #waitUntilTaken}. */
    interface Steps {
        /** Returns when the host may write what the next copy to this buffer reads: its last copy is done. */
        void waitUntilTaken(int buffer);

        /** Makes the next copy to the buffer wait until its last computation is done. */
        void holdCopyUntilComputed(int buffer);

        void copy(int tile, int buffer);

        /** Makes the next computation wait until the buffer's last copy is done. */
        void holdComputationUntilCopied(int buffer);

        void compute(int tile, int buffer);
    }

    static void run(int tiles, Steps steps) {
        for (int tile = 0; tile < tiles; tile++) {
            int buffer = tile % BUFFERS;
            steps.waitUntilTaken(buffer);
            steps.holdCopyUntilComputed(buffer);
            steps.copy(tile, buffer);
            steps.holdComputationUntilCopied(buffer);
            steps.compute(tile, buffer);
        }
    }
}
