package io.github.afterimage.model.data;

import io.github.afterimage.failure.CorruptDataException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.regex.Pattern;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadProgressListener;
import javax.imageio.event.IIOReadWarningListener;
import org.jspecify.annotations.Nullable;

/**
 * Stops the decoding of an image that lacks pixels or takes too long, and of any image when its thread is interrupted. It throws:
 * the JPEG reader goes through all scans before it obeys {@link ImageReader#abort}.
 */
final class DecodingWatch implements IIOReadProgressListener, IIOReadWarningListener {
    /** Enough for the largest images with the most scans. */
    static final Duration MOST = Duration.ofSeconds(60);

    /** The JDK's reader fills missing pixels with grey and reports them in a warning. */
    private static final Pattern MISSING_PIXELS = Pattern.compile("Truncated File|premature end|bad Huffman code");

    private final String file;
    private final Duration most;
    private final long begin = System.nanoTime();
    private @Nullable String missing;

    DecodingWatch(String file, Duration most) {
        this.file = file;
        this.most = most;
    }

    /** @throws UncheckedIOException if decoding is to stop */
    void check() {
        if (Thread.currentThread().isInterrupted()) {
            throw new UncheckedIOException(
                    new InterruptedIOException(file + " is not decoded: its thread was interrupted"));
        }
        if (missing != null) {
            throw new UncheckedIOException(missing, new IOException(missing));
        }
        if (System.nanoTime() - begin > most.toNanos()) {
            throw new UncheckedIOException(new CorruptDataException(file + " takes longer than " + most.toSeconds()
                    + " s to decode: make it smaller, or save it as PNG or as a baseline JPEG"));
        }
    }

    @Override
    public void warningOccurred(ImageReader reader, String warning) {
        if (MISSING_PIXELS.matcher(warning).find()) {
            missing = warning; // thrown later: native code calls this
        }
    }

    @Override
    public void imageStarted(ImageReader reader, int image) {
        check();
    }

    @Override
    public void imageProgress(ImageReader reader, float percent) {
        check();
    }

    @Override
    public void imageComplete(ImageReader reader) {}

    @Override
    public void readAborted(ImageReader reader) {}

    @Override
    public void sequenceStarted(ImageReader reader, int image) {}

    @Override
    public void sequenceComplete(ImageReader reader) {}

    @Override
    public void thumbnailStarted(ImageReader reader, int image, int thumbnail) {}

    @Override
    public void thumbnailProgress(ImageReader reader, float percent) {}

    @Override
    public void thumbnailComplete(ImageReader reader) {}
}
