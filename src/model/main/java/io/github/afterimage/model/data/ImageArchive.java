package io.github.afterimage.model.data;

import io.github.afterimage.platform.NumberType;
import io.github.afterimage.tensors.NumpyHeader;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes images as NumPy's {@code savez_compressed} does; {@code npz:FILE} reads them. */
public final class ImageArchive {
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
        begin(zip, "images", NumberType.F32, List.of((long) images.size(), 3L, (long) height, (long) width));
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
        begin(zip, "labels", NumberType.I32, List.of((long) labels.length));
        ByteBuffer elements = ByteBuffer.allocate(labels.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        elements.asIntBuffer().put(labels);
        zip.write(elements.array());
        zip.closeEntry();
        zip.finish();
        zip.flush();
    }

    private static void begin(ZipOutputStream zip, String name, NumberType type, List<Long> shape) throws IOException {
        zip.putNextEntry(new ZipEntry(name + ".npy"));
        zip.write(NumpyHeader.encode(type, shape));
    }
}
