package io.github.afterimage.serve.models;

import io.github.afterimage.model.data.Image;
import io.github.afterimage.serve.protocol.DataType;
import io.github.afterimage.serve.protocol.RequestException;
import io.github.afterimage.serve.protocol.Tensor;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Pictures as whole numbers, 0 to 255, red, green and blue.
 *
 * @param samples of UINT8
 * @param channelsLast true for (batch, height, width, 3), false for (batch, 3, height, width)
 */
record Pixels(Tensor samples, boolean channelsLast) {
    private static final int RANK = 4;

    /**
     * Reads the layout of pictures from their shape.
     *
     * @throws RequestException if it is none, or the type is not UINT8
     */
    static Pixels of(Tensor samples) {
        List<Integer> shape = samples.shape();
        if (samples.type() != DataType.UINT8) {
            throw RequestException.bad(
                    "input " + samples.name() + " is of type " + samples.type() + ": expected UINT8, 0 to 255");
        }
        boolean pictures = shape.size() == RANK;
        if (!pictures || shape.get(RANK - 1) != Image.CHANNELS && shape.get(1) != Image.CHANNELS) {
            throw RequestException.bad("input " + samples.name() + " of UINT8 has shape " + shape
                    + ": expected pixels, [batch, height, width, 3] or [batch, 3, height, width]");
        }
        return new Pixels(samples, shape.get(RANK - 1) == Image.CHANNELS);
    }

    int height() {
        return samples.shape().get(channelsLast ? 1 : 2);
    }

    int width() {
        return samples.shape().get(channelsLast ? 2 : RANK - 1);
    }

    List<Image> images() {
        FloatBuffer values = samples.floats();
        int plane = height() * width();
        return IntStream.range(0, samples.batch())
                .mapToObj(row -> {
                    byte[] image = new byte[Image.CHANNELS * plane];
                    for (int i = 0; i < image.length; i++) {
                        int place = channelsLast ? i % plane * Image.CHANNELS + i / plane : i;
                        image[i] = (byte) values.get(row * image.length + place);
                    }
                    return Image.ofBytes(width(), height(), image);
                })
                .toList();
    }
}
