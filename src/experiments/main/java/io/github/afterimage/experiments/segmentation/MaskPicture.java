package io.github.afterimage.experiments.segmentation;

import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.network.Planes;
import java.awt.Color;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A picture to look at, small, over which masks are drawn.
 *
 * @param plain (3, height, width)
 */
public record MaskPicture(int width, int height, float[] plain) {
    private static final float GOLDEN_RATIO = 0.618034f; // of hues: neighbours in the list are far apart
    private static final float OPACITY = 0.65f;

    /** Makes a copy of an image in this width. */
    public static MaskPicture of(Image image, int width) {
        int height = Math.max(1, image.height() * width / image.width());
        Planes planes = new Planes(Image.CHANNELS, image.height(), image.width(), image.values());
        return new MaskPicture(width, height, planes.resized(height, width).values());
    }

    /** Returns a pixel of the colour of each class. */
    public static List<float[]> swatches(int classes) {
        return IntStream.range(0, classes).mapToObj(MaskPicture::color).toList();
    }

    private static float[] color(int label) {
        return new Color(Color.HSBtoRGB(label * GOLDEN_RATIO, label % 2 == 0 ? 0.9f : 0.6f, 0.95f))
                .getRGBColorComponents(null);
    }

    /** Returns this picture with the object of a mask in colour, where the mask is not 0. */
    public float[] overObject(Mask mask) {
        int[] labels =
                Arrays.stream(mask.labels()).map(label -> label == 0 ? 1 : 0).toArray();
        return over(new Mask(mask.width(), mask.height(), labels), 1);
    }

    /** Returns this picture with the classes of a mask in colour; pixels that do not count stay as they are. */
    public float[] over(Mask mask, int classes) {
        float[] picture = plain.clone();
        int plane = width * height;
        for (int i = 0; i < plane; i++) {
            int row = i / width * mask.height() / height;
            int label = mask.labels()[row * mask.width() + i % width * mask.width() / width];
            if (label < classes) {
                float[] color = color(label);
                for (int c = 0; c < color.length; c++) {
                    picture[c * plane + i] += OPACITY * (color[c] - picture[c * plane + i]);
                }
            }
        }
        return picture;
    }
}
