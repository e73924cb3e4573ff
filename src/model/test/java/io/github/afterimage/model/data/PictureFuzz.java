package io.github.afterimage.model.data;

import io.github.afterimage.failure.CorruptDataException;
import java.io.IOException;
import java.lang.management.ManagementFactory;

/** Fuzz target: decodes an image file of at most a megapixel, which takes at most 2 s of its thread. */
public final class PictureFuzz {
    private static final long MOST_NANOS = 2_000_000_000;

    private PictureFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        long begin = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        System.setProperty(ImageDecoder.MAX_PIXELS, "1000000");
        try {
            Image unused = Image.decode("image", input);
        } catch (CorruptDataException expected) {
            // refused
        } finally {
            System.clearProperty(ImageDecoder.MAX_PIXELS);
        }
        long taken = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - begin;
        if (taken > MOST_NANOS) {
            throw new AssertionError(taken + " ns");
        }
    }
}
