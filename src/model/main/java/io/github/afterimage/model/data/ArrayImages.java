package io.github.afterimage.model.data;

import io.github.afterimage.failure.CorruptDataException;
import io.github.afterimage.platform.NumberType;
import io.github.afterimage.platform.Resources;
import io.github.afterimage.tensors.ArrayFile;
import io.github.afterimage.tensors.NumericArray;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Images in the array {@code images} of a .npz file, of shape (n, 3, h, w) or (n, h, w, 3): unsigned bytes, or floats in 0..1
 * with a margin of 0.5. The file stays open as long as the set is reachable.
 */
final class ArrayImages {
    private static final float MARGIN = 0.5f; // computed images may leave 0..1 a little

    private ArrayImages() {}

    static ImageSet open(Specification specification) throws IOException {
        specification.requireNoSplit();
        Path path = specification.path();
        ArrayFile file = ArrayFile.open(path, List.of("images", "labels"));
        return Resources.guarded(file, () -> {
            NumericArray images = file.require("images");
            long[] shape = images.shape();
            if (shape.length != 4
                    || shape[1] != Image.CHANNELS && shape[3] != Image.CHANNELS
                    || shape[0] < 1
                    || shape[0] > Integer.MAX_VALUE - 8
                    || images.rowLength() < 1
                    || images.rowLength() > Integer.MAX_VALUE / Double.BYTES) {
                throw new CorruptDataException(images.name() + " has shape " + images.shapeText()
                        + ": expected (n, 3, height, width) or (n, height, width, 3)");
            }
            if (images.type().integer && images.type() != NumberType.U8) {
                throw new CorruptDataException(
                        images.name() + " has dtype " + images.type() + ": expected floats in 0..1 or unsigned bytes");
            }
            String name = specification.kind() + ":" + path;
            int[] numbers = file.requireLabels("labels", shape[0]);
            return new ImageSet(
                    name,
                    ClassNames.numbered(Arrays.stream(numbers).max().orElseThrow() + 1),
                    numbers,
                    index -> specification.rowName(index),
                    index -> image(name, images, index));
        });
    }

    private static Image image(String name, NumericArray images, int index) throws IOException {
        long[] shape = images.shape();
        boolean channelsLast = shape[1] != Image.CHANNELS;
        int height = (int) (channelsLast ? shape[1] : shape[2]);
        int width = (int) (channelsLast ? shape[2] : shape[3]);
        int length = (int) images.rowLength();
        float[] stored = new float[length];
        images.readRows(index, 1, FloatBuffer.wrap(stored));
        float[] values = channelsLast ? new float[length] : stored;
        int plane = height * width;
        for (int i = 0; i < length; i++) {
            float value = images.type() == NumberType.U8 ? stored[i] / 255f : stored[i];
            if (!(value >= -MARGIN && value <= 1 + MARGIN)) {
                throw new CorruptDataException("value " + value + " in image " + index + " of " + name
                        + " is far outside 0..1: divide by 255, or save unsigned bytes");
            }
            values[channelsLast ? i % Image.CHANNELS * plane + i / Image.CHANNELS : i] = value;
        }
        return Image.owning(width, height, values);
    }
}
