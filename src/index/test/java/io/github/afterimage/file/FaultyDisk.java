package io.github.afterimage.file;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;

/** The system's files; for a quarter of the time, one in ten operations on the disk fails, half of them after their effect. */
public final class FaultyDisk extends RecordedDisk {
    /** Nanoseconds in a stretch of time with faults or without, as a power of two: a quarter of a second. */
    private static final int STRETCH_BITS = 28;

    public FaultyDisk(boolean late) {
        super(FaultyDisk::fails, late);
    }

    private static boolean fails(int number) {
        return (System.nanoTime() >> STRETCH_BITS) % 4 == 0
                && ThreadLocalRandom.current().nextInt(10) == 0;
    }

    @Override
    public void force(Path folder) throws IOException {
        super.force(folder);
        log.clear(); // nobody reads it, and it grows
    }
}
