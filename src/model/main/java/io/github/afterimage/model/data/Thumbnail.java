package io.github.afterimage.model.data;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Makes thumbnails: PNG or JPEG files of at most {@value #MAX_BYTES} bytes and {@value #MAX_SIDE} pixels on the longer side.
 *
 * <pre>{@code
 * byte[] thumbnail = Thumbnail.of(Image.read(Path.of("horse.png")));
 * Files.write(Path.of("small.jpg"), thumbnail);
 * }</pre>
 *
 * <p>Guarantee: the same image gives the same bytes with the same release of Java. Threads: safe.
 */
public final class Thumbnail {
    /** Maximum pixels of the longer side: enough to recognise a picture in a list. */
    public static final int MAX_SIDE = 64;
    /** Maximum bytes, as many as an index keeps with a key. */
    public static final int MAX_BYTES = 4096;
    /** Images of at most this many pixels stay as they are: a PNG file of them has at most 3,200 bytes. */
    private static final int EXACT_PIXELS = 32 * 32;
    /** The first quality of JPEG that is tried, in percent; 64 x 64 pixels of a photograph take about 2,000 bytes. */
    private static final int BEST_QUALITY = 80;

    private static final int QUALITY_STEP = 10;

    private Thumbnail() {}

    /**
     * Makes a thumbnail. An image of at most 32 x 32 pixels is kept exactly, as PNG. A larger one becomes a JPEG file, after it
     * is reduced to 64 pixels on the longer side by averages of its pixels. Values outside 0..1 are clipped.
     */
    public static byte[] of(Image image) {
        return of(image, MAX_SIDE);
    }

    /**
     * Makes a larger copy in the same way, for a page.
     *
     * @param side maximum pixels of the longer side, at least {@value #MAX_SIDE}
     * @return at most side × side bytes
     */
    public static byte[] of(Image image, int side) {
        if (side < MAX_SIDE) {
            throw new IllegalArgumentException("side " + side + ": expected at least " + MAX_SIDE + " pixels");
        }
        double scale = Math.min(1, (double) side / Math.max(image.width(), image.height()));
        int width = Math.max(1, (int) Math.round(image.width() * scale));
        int height = Math.max(1, (int) Math.round(image.height() * scale));
        BufferedImage picture = reduced(image, width, height);
        if (width * height <= EXACT_PIXELS) {
            return encoded(picture, "png", 0); // the smallest file; PNG loses nothing
        }
        byte[] bytes;
        int quality = BEST_QUALITY;
        do {
            bytes = encoded(picture, "jpeg", quality / 100f);
            quality -= QUALITY_STEP;
        } while (bytes.length > (long) side * side);
        return bytes;
    }

    /** Makes a PNG file of all pixels, whose values are clipped to 0..1. */
    public static byte[] png(Image image) {
        return encoded(reduced(image, image.width(), image.height()), "png", 0);
    }

    /** Averages the pixels of the image that fall into each pixel of the result. */
    private static BufferedImage reduced(Image image, int width, int height) {
        BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        float[] line = new float[image.width()];
        for (int row = 0; row < height; row++) {
            int top = (int) ((long) row * image.height() / height);
            int bottom = (int) ((row + 1L) * image.height() / height);
            int[] pixels = new int[width];
            for (int channel = 0; channel < Image.CHANNELS; channel++) {
                double[] sums = new double[width];
                for (int y = top; y < bottom; y++) {
                    image.copyRow(channel, y, line);
                    addAll(line, sums);
                }
                for (int column = 0; column < width; column++) {
                    long count = (long) (end(column, width, line) - end(column - 1, width, line)) * (bottom - top);
                    pixels[column] = pixels[column] << 8 | sample(sums[column] / count);
                }
            }
            picture.setRGB(0, row, width, 1, pixels, 0, width);
        }
        return picture;
    }

    private static void addAll(float[] line, double[] sums) {
        for (int column = 0; column < sums.length; column++) {
            for (int x = end(column - 1, sums.length, line); x < end(column, sums.length, line); x++) {
                sums[column] += line[x];
            }
        }
    }

    /** Returns the column of the image behind those that fall into a column of the result. */
    private static int end(int column, int width, float[] line) {
        return (int) ((column + 1L) * line.length / width);
    }

    private static int sample(double value) {
        return (int) Math.round(255 * Math.max(0, Math.min(1, value)));
    }

    private static byte[] encoded(BufferedImage picture, String format, float quality) {
        ImageWriter writer = ImageIO.getImageWritersByFormatName(format).next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(MAX_BYTES);
        try (MemoryCacheImageOutputStream output = new MemoryCacheImageOutputStream(bytes)) {
            ImageWriteParam settings = writer.getDefaultWriteParam();
            settings.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            settings.setCompressionQuality(quality);
            writer.setOutput(output);
            writer.write(null, new IIOImage(picture, null, null), settings);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // there is no output but memory
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }
}
