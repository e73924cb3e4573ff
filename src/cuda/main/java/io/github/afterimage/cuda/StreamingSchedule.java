package io.github.afterimage.cuda;

/** Orders copies and computations of tiles in two buffers; each copy overlaps the computation of the tile before. */
final class StreamingSchedule {
    static final int BUFFERS = 2;

    private StreamingSchedule() {}

    /** The steps of a tile; all but {@link #waitUntilTaken} only queue work. */
    interface Steps {
        /** Waits until the last copy to this buffer is done; the host may then write the source of the next one. */
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
