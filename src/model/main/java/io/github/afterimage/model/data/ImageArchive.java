package io.github.afterimage.model.data;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes images as NumPy's {@code savez_compressed} does; {@code npz:FILE} reads them. */
public final class ImageArchive {
    private static final int ALIGNMENT = 64; // of the elements, as in NumPy's own files

    private ImageArchive() {}

    /**
     * Writes {@code images}, (n, 3, height, width) float32, and {@code labels}, (n) int32.
     *
     * @param images at least one image, all of one size
     * @param labels one label for each image
     * @param target receives the archive; it stays open
     * @throws IllegalArgumentException if there are no images, or counts or sizes differ
     */
    public static void write(List<Image> images, int[] labels, OutputStream target) throws IOException {
        if (images.isEmpty() || images.size() != labels.length) {
            throw new IllegalArgumentException(
                    images.size() + " images and " + labels.length + " labels: expected the same positive number");
        }
        int width = images.get(0).width();
        int height = images.get(0).height();
        ZipOutputStream zip = new ZipOutputStream(new BufferedOutputStream(target));
        begin(zip, "images", "<f4", images.size() + ", 3, " + height + ", " + width);
        for (Image image : images) {
            if (image.width() != width || image.height() != height) {
                throw new IllegalArgumentException("an image of " + image.width() + "x" + image.height()
                        + ": expected the size of the first, " + width + "x" + height);
            }
            float[] values = image.values();
            ByteBuffer elements =
                    ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            elements.asFloatBuffer().put(values);
            zip.write(elements.array());
        }
        zip.closeEntry();
        begin(zip, "labels", "<i4", labels.length + ",");
        ByteBuffer elements = ByteBuffer.allocate(labels.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        elements.asIntBuffer().put(labels);
        zip.write(elements.array());
        zip.closeEntry();
        zip.finish();
        zip.flush();
    }

    private static void begin(ZipOutputStream zip, String name, String type, String shape) throws IOException {
        String text = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + shape + "), }";
        int prefix = 10; // magic, version and length of the text
        int padding = ALIGNMENT - 1 - (prefix + text.length()) % ALIGNMENT;
        byte[] header = (text + " ".repeat(padding) + "\n").getBytes(StandardCharsets.US_ASCII);
        ByteBuffer start = ByteBuffer.allocate(prefix).order(ByteOrder.LITTLE_ENDIAN);
        start.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII));
        start.put((byte) 1).put((byte) 0).putShort((short) header.length);
        zip.putNextEntry(new ZipEntry(name + ".npy"));
        zip.write(start.array());
        zip.write(header);
    }
}
