package io.github.afterimage.model.network;

import io.github.afterimage.model.data.Image;
import java.nio.FloatBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The image input of a network with its preprocessing: converts an image to the values that the network reads.
 *
 * @param name the name of the tensor
 * @param fixedBatch the only batch size that the model accepts; 0 for any
 * @param channelsLast true for (height, width, 3), false for (3, height, width)
 */
record ImageInput(
        String name, int fixedBatch, boolean channelsLast, int width, int height, Preprocessing preprocessing) {
    private static final int MAX_RESIZED_SIDE = 1 << 20;

    /** Bicubic filters without a bound leave the range by less. */
    private static final float BEYOND = 0.1f;

    /** Adapts preprocessing to an input; replaces a preset by its steps for the input's size. */
    static ImageInput of(String place, GraphInput input, Preprocessing given) {
        boolean channelsLast = input.channelsLast(given.channelsLast);
        Preprocessing preprocessing = given.steps(input.width(channelsLast), input.height(channelsLast));
        Preprocessing.Size resize = preprocessing.resize;
        Preprocessing.Size crop = preprocessing.crop;
        Preprocessing.Size size = crop != null ? crop : resize != null && resize.exact() ? resize : null;
        long fixedWidth = input.width(channelsLast);
        long fixedHeight = input.height(channelsLast);
        int width = side(place, input, "width", fixedWidth, size == null ? 0 : size.width(), resize);
        int height = side(place, input, "height", fixedHeight, size == null ? 0 : size.height(), resize);
        return new ImageInput(input.name(), input.fixedBatch(), channelsLast, width, height, preprocessing);
    }

    private static int side(
            String place, GraphInput input, String side, long fixed, int wanted, Preprocessing.@Nullable Size resize) {
        if (fixed > 0 && wanted > 0 && fixed != wanted) {
            throw new IllegalArgumentException("preprocessing gives a " + side + " of " + wanted + ", but input "
                    + input + " of " + place + " takes " + fixed);
        }
        if (fixed > 0) {
            return Math.toIntExact(fixed);
        }
        if (wanted > 0) {
            return wanted;
        }
        if (resize != null) {
            return resize.width();
        }
        throw new IllegalArgumentException("input " + input + " of " + place + " leaves its " + side
                + " open: give the size in the preprocessing, such as crop=224");
    }

    int size() {
        return Image.CHANNELS * width * height;
    }

    /** {@return the shape of one image} */
    List<Integer> shape() {
        return channelsLast ? List.of(height, width, Image.CHANNELS) : List.of(Image.CHANNELS, height, width);
    }

    long[] shape(int batch) {
        List<Integer> shape = shape();
        return new long[] {batch, shape.get(0), shape.get(1), shape.get(2)};
    }

    /** Puts {@link #size()} values at the target's position. */
    void write(Image image, FloatBuffer target) {
        if (image.width() == width
                && image.height() == height
                && !channelsLast
                && preprocessing.resize == null
                && preprocessing.keepsValues()) {
            image.copyTo(target);
            return;
        }
        float[] values = resizedValues(image);
        int plane = width * height;
        for (int channel = 0; channel < Image.CHANNELS; channel++) {
            int start = (preprocessing.blueFirst ? Image.CHANNELS - 1 - channel : channel) * plane;
            float scale = preprocessing.scale;
            float mean = preprocessing.mean.get(channel);
            float deviation = preprocessing.deviation.get(channel);
            int position = target.position() + (channelsLast ? channel : channel * plane);
            int step = channelsLast ? Image.CHANNELS : 1;
            for (int i = 0; i < plane; i++) {
                target.put(position + i * step, (values[start + i] * scale - mean) / deviation);
            }
        }
        target.position(target.position() + Image.CHANNELS * plane);
    }

    /** Mirrors an image of {@link #size()} values, left to right. */
    void mirror(FloatBuffer values) {
        int step = channelsLast ? Image.CHANNELS : 1;
        int line = width * step;
        float[] turned = new float[line];
        for (int start = 0; start < size(); start += line) {
            for (int x = 0; x < line; x++) {
                turned[line - step - x / step * step + x % step] = values.get(start + x);
            }
            values.put(start, turned);
        }
    }

    /** @throws IllegalArgumentException if a value is none that the preprocessing makes, or near such a one */
    void requireMade(FloatBuffer values) {
        float least = Float.POSITIVE_INFINITY;
        float greatest = Float.NEGATIVE_INFINITY;
        for (int channel = 0; channel < Image.CHANNELS; channel++) {
            for (float end : new float[] {0, preprocessing.scale}) {
                float made = (end - preprocessing.mean.get(channel)) / preprocessing.deviation.get(channel);
                least = Math.min(least, made);
                greatest = Math.max(greatest, made);
            }
        }
        float beyond = (greatest - least) * BEYOND;
        for (int i = values.position(); i < values.limit(); i++) {
            float value = values.get(i);
            if (!(value >= least - beyond && value <= greatest + beyond)) {
                throw new IllegalArgumentException("the value " + value + " at place " + (i - values.position())
                        + ": expected about " + least + " to " + greatest
                        + ", which the preprocessing of the index makes of pictures");
            }
        }
    }

    /** {@return the image resized and cropped to the network's size, with unchanged values in 0..1} */
    Image resized(Image image) {
        return Image.computed(width, height, resizedValues(image));
    }

    private float[] resizedValues(Image image) {
        int resizedWidth = image.width();
        int resizedHeight = image.height();
        Preprocessing.Size resize = preprocessing.resize;
        if (resize != null && resize.exact()) {
            resizedWidth = resize.width();
            resizedHeight = resize.height();
        } else if (resize != null) {
            long shorter = Math.min(image.width(), image.height());
            resizedWidth = scaled(image, image.width(), resize.width(), shorter);
            resizedHeight = scaled(image, image.height(), resize.width(), shorter);
        }
        boolean mayCrop = preprocessing.crop != null || resize != null && !resize.exact();
        boolean fits = resizedWidth == width && resizedHeight == height;
        if (!fits && (!mayCrop || resizedWidth < width || resizedHeight < height)) {
            String resized = resizedWidth == image.width() && resizedHeight == image.height()
                    ? ""
                    : ", resized to " + resizedWidth + "x" + resizedHeight;
            throw new IllegalArgumentException("an image of " + image.width() + "x" + image.height() + resized
                    + " does not fit the network's " + width + "x" + height + ": set resize="
                    + Math.max(width, height) + " (the shorter side, then the centre) or resize=" + width + "x" + height
                    + " (exactly) in the preprocessing with which the index is made; or scale the image to "
                    + width + "x" + height + " first, as the server's page does");
        }
        if (fits && resizedWidth == image.width() && resizedHeight == image.height()) {
            return image.values();
        }
        // Rounds half to even, as torchvision's CenterCrop does.
        int left = (int) Math.rint((resizedWidth - width) / 2.0);
        int top = (int) Math.rint((resizedHeight - height) / 2.0);
        Resampler.Crop crop = new Resampler.Crop(resizedWidth, resizedHeight, left, top, width, height);
        float[] values = Resampler.resample(preprocessing.interpolation, image, crop);
        if (preprocessing.interpolation == Interpolation.BICUBIC) {
            for (int i = 0; i < values.length; i++) {
                values[i] = Math.min(1, Math.max(0, values[i]));
            }
        }
        return values;
    }

    private static int scaled(Image image, long side, int resize, long shorter) {
        long scaled = side * resize / shorter;
        if (scaled > MAX_RESIZED_SIDE) {
            throw new IllegalArgumentException("an image of " + image.width() + "x" + image.height()
                    + " is too elongated for resize=" + resize + ": its longer side would be " + scaled + ", at most "
                    + MAX_RESIZED_SIDE);
        }
        return (int) scaled;
    }
}
