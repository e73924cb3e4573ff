package io.github.afterimage.model.data;

import io.github.afterimage.failure.CorruptDataException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/**
 * A decoded image: float32 values of shape (3, height, width), channels red, green, blue. Values are in 0..1, except those of
 * a {@link #computed} image. An image of 8-bit samples takes 3 bytes for each pixel, any other image 12.
 *
 * <p>Guarantees: immutable; the value of an 8-bit sample b is exactly {@code b / 255f}.
 *
 * <p>Threads: safe.
 */
public final class Image {
    /** Red, green and blue. */
    public static final int CHANNELS = 3;

    private static final long FACTOR = 0x9E3779B97F4A7C15L; // odd, so that it has an inverse: no bit is lost

    private static final float[] UNIT = unitValues();

    private final int width;
    private final int height;
    // One of the two is null; the other is (3, height, width).
    private final byte @Nullable [] samples;
    private final float @Nullable [] values;

    private Image(int width, int height, byte @Nullable [] samples, float @Nullable [] values) {
        this.width = width;
        this.height = height;
        this.samples = samples;
        this.values = values;
    }

    /**
     * Makes an image; copies the values.
     *
     * @param width columns
     * @param height rows
     * @param values (3, height, width), each in 0..1
     * @throws IllegalArgumentException if the length differs from the size, or a value is outside 0..1 or not a number
     */
    public static Image of(int width, int height, float[] values) {
        requireLength(width, height, values.length);
        for (int i = 0; i < values.length; i++) {
            if (!(values[i] >= 0f && values[i] <= 1f)) {
                int plane = width * height;
                throw new IllegalArgumentException("value " + values[i] + " at channel " + i / plane + ", row "
                        + i % plane / width + ", column " + i % width + " is outside 0..1");
            }
        }
        return new Image(width, height, null, values.clone());
    }

    /**
     * Makes an image of computed values, which may leave 0..1; copies the values.
     *
     * @param width columns
     * @param height rows
     * @param values (3, height, width), each finite
     * @throws IllegalArgumentException if the length differs from the size, or a value is not finite
     */
    public static Image computed(int width, int height, float[] values) {
        requireLength(width, height, values.length);
        for (float value : values) {
            if (!Float.isFinite(value)) {
                throw new IllegalArgumentException("value " + value + " of an image: expected a finite number");
            }
        }
        return new Image(width, height, null, values.clone());
    }

    /**
     * Makes an image of 8-bit samples; copies the samples.
     *
     * @param width columns
     * @param height rows
     * @param samples (3, height, width), each an unsigned byte
     * @throws IllegalArgumentException if the length differs from the size
     */
    public static Image ofBytes(int width, int height, byte[] samples) {
        requireLength(width, height, samples.length);
        return ofBytes(width, height, samples, 0);
    }

    static Image ofBytes(int width, int height, byte[] samples, int offset) {
        return owning(width, height, Arrays.copyOfRange(samples, offset, offset + CHANNELS * width * height));
    }

    /** Takes the array over, unchecked. */
    static Image owning(int width, int height, float[] values) {
        return new Image(width, height, null, values);
    }

    /** Takes the array over, unchecked. */
    static Image owning(int width, int height, byte[] samples) {
        return new Image(width, height, samples, null);
    }

    /**
     * Decodes a PNG, JPEG, BMP, GIF, TIFF or WebP file; takes the first image if the file has several. The image is turned
     * upright by its EXIF orientation. Transparency is dropped. CMYK is converted to RGB without its colour profile. WebP
     * needs the optional dependency {@code com.twelvemonkeys.imageio:imageio-webp}; its values for lossy images differ from
     * libwebp's by 4 of 255 on average at quality 75.
     *
     * <p>An image of more than 64,000,000 pixels is refused before it is decoded, because decoding takes at least 6 bytes for
     * each pixel. The system property {@code afterimage.maxPixels} sets another limit. A JPEG image of more than 40 scans is
     * refused too, and any image that takes longer than 60 s. Decoding ends when its thread is interrupted.
     *
     * @throws CorruptDataException if the file is not such an image, is cut off, or has too many pixels or scans
     * @throws java.io.InterruptedIOException if the thread was interrupted
     * @throws IllegalStateException if the file is WebP and the library for WebP is missing
     * @throws IOException if the file cannot be read
     */
    public static Image read(Path file) throws IOException {
        return ImageDecoder.decode(Objects.requireNonNull(file, "file"));
    }

    /**
     * Decodes the bytes of an image file, as {@link #read} does.
     *
     * @param name the name of the image; for messages
     */
    public static Image decode(String name, byte[] bytes) throws IOException {
        return ImageDecoder.decode(name, bytes);
    }

    /**
     * Encodes this image as a BMP file; {@link #decode} restores it exactly.
     *
     * @throws IllegalArgumentException if a value is not a multiple of 1/255 in 0..1
     */
    public byte[] encoded() {
        BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
        int plane = width * height;
        for (int i = 0; i < plane; i++) {
            int rgb = sample(i) << 16 | sample(plane + i) << 8 | sample(2 * plane + i);
            picture.setRGB(i % width, i / width, rgb);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(picture, "bmp", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private int sample(int place) {
        float value = at(place);
        int sample = Math.round(value * 255);
        if (sample < 0 || sample > 255 || value != UNIT[sample]) {
            throw new IllegalArgumentException("value " + value + ": expected a multiple of 1/255 in 0..1");
        }
        return sample;
    }

    /** {@return the number of columns} */
    public int width() {
        return width;
    }

    /** {@return the number of rows} */
    public int height() {
        return height;
    }

    /**
     * Returns one value.
     *
     * @param channel 0 (red), 1 (green) or 2 (blue)
     * @param row 0 to height - 1, from the top
     * @param column 0 to width - 1, from the left
     * @throws IndexOutOfBoundsException if there is no such value
     */
    public float value(int channel, int row, int column) {
        Objects.checkIndex(channel, CHANNELS);
        Objects.checkIndex(row, height);
        Objects.checkIndex(column, width);
        return at((channel * height + row) * width + column);
    }

    private float at(int place) {
        return samples != null ? UNIT[samples[place] & 0xff] : floats()[place];
    }

    /** {@return a copy of the values, (3, height, width)} */
    public float[] values() {
        if (samples == null) {
            return floats().clone();
        }
        float[] copy = new float[samples.length];
        for (int i = 0; i < copy.length; i++) {
            copy[i] = UNIT[samples[i] & 0xff];
        }
        return copy;
    }

    /**
     * Copies one row of one channel.
     *
     * @param channel 0 (red), 1 (green) or 2 (blue)
     * @param row 0 to height - 1, from the top
     * @param target receives the values, (width)
     * @throws IndexOutOfBoundsException if there is no such row, or the target is shorter than a row
     */
    public void copyRow(int channel, int row, float[] target) {
        Objects.checkIndex(channel, CHANNELS);
        Objects.checkIndex(row, height);
        Objects.checkFromIndexSize(0, width, target.length);
        int first = (channel * height + row) * width;
        if (samples == null) {
            System.arraycopy(floats(), first, target, 0, width);
        } else {
            for (int column = 0; column < width; column++) {
                target[column] = UNIT[samples[first + column] & 0xff];
            }
        }
    }

    /**
     * Puts the values at the target's position, which moves on.
     *
     * @param target receives {@code (3, height, width)} float32; heap or direct
     * @throws java.nio.BufferOverflowException if the target is too small
     */
    public void copyTo(FloatBuffer target) {
        target.put(samples == null ? floats() : values());
    }

    /** {@return a hash of the size and of all values} */
    long contentHash() {
        long hash = (long) width << Integer.SIZE | height;
        int length = samples == null ? floats().length : samples.length;
        for (int i = 0; i < length; i++) {
            hash = (hash ^ (samples == null ? Float.floatToIntBits(floats()[i]) : samples[i] & 0xff)) * FACTOR;
            hash ^= hash >>> Integer.SIZE;
        }
        return hash;
    }

    /** {@return this image with left and right exchanged} */
    public Image mirrored() {
        if (samples != null) {
            byte[] mirror = new byte[samples.length];
            for (int i = 0; i < mirror.length; i++) {
                mirror[i] = samples[opposite(i)];
            }
            return owning(width, height, mirror);
        }
        float[] mirror = new float[floats().length];
        for (int i = 0; i < mirror.length; i++) {
            mirror[i] = floats()[opposite(i)];
        }
        return owning(width, height, mirror);
    }

    private int opposite(int place) {
        int column = place % width;
        return place - column + width - 1 - column;
    }

    /** {@return the values of an image that has no samples} */
    private float[] floats() {
        return Objects.requireNonNull(values);
    }

    private static void requireLength(int width, int height, int length) {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException("image size " + width + "x" + height + ": both must be at least 1");
        }
        long expected = Math.multiplyExact((long) CHANNELS * width, (long) height);
        if (length != expected) {
            throw new IllegalArgumentException(length + " values for an image of " + width + "x" + height
                    + " with 3 channels: expected " + expected);
        }
    }

    private static float[] unitValues() {
        float[] values = new float[256];
        for (int b = 0; b < values.length; b++) {
            values[b] = b / 255f;
        }
        return values;
    }

    @Override
    public String toString() {
        return "Image[" + width + "x" + height + "]";
    }
}
