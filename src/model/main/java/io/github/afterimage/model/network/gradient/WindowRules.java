package io.github.afterimage.model.network.gradient;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Rules for convolutions and poolings. The gradient of a convolution is a transposed convolution with the same weights, and vice versa;
 * poolings are convolutions of single channels.
 */
final class WindowRules {
    private WindowRules() {}

    static void convolution(Step at) {
        String weights = weights(at); // (outputs, inputs / group, kernel...)
        Window window = Window.of(at.node(), spatial(at.x(), at), spatial(at.y(), at), spatial(weights, at));
        long group = at.integer("group", 1);
        boolean fits = IntStream.range(0, window.axes())
                .allMatch(i ->
                        window.extent(i) > window.pads()[i] && window.extent(i) > window.pads()[i + window.axes()]);
        at.contribute(
                window.isDense() && group == 1 && fits
                        ? mirrored(weights, window, at)
                        : at.emit("ConvTranspose", List.of(at.g(), weights), window.transposedConvolution(group)));
    }

    /** Without strides, a transposed convolution equals a convolution with mirrored weights, which ONNX Runtime runs faster. */
    private static String mirrored(String weights, Window window, Step at) {
        int axes = window.axes();
        String minus = at.sweep().integers(filled(axes, -1));
        String mirror = at.emit(
                "Slice",
                weights,
                minus,
                at.sweep().integers(filled(axes, Long.MIN_VALUE)),
                at.sweep().integers(LongStream.range(2, 2 + axes).toArray()),
                minus);
        long[] permutation = LongStream.range(0, 2 + axes).toArray();
        permutation[0] = 1;
        permutation[1] = 0;
        String exchanged = at.emit("Transpose", List.of(mirror), Attributes.of("perm", permutation));
        long[] pads = window.pads();
        for (int i = 0; i < pads.length; i++) {
            pads[i] = window.extent(i % axes) - 1 - pads[i];
        }
        return at.emit(
                "Conv",
                List.of(at.g(), exchanged),
                Attributes.of("kernel_shape", window.kernel()),
                Attributes.of("dilations", window.dilations()),
                Attributes.of("pads", pads));
    }

    static void transposedConvolution(Step at) {
        String weights = weights(at); // (inputs, outputs / group, kernel...)
        Window window = Window.transposed(at.node(), spatial(at.x(), at), spatial(at.y(), at), spatial(weights, at));
        at.contribute(at.emit("Conv", List.of(at.g(), weights), window.convolution(at.integer("group", 1))));
    }

    private static String weights(Step at) {
        if (at.depends(1)) {
            throw new IllegalArgumentException("its weights depend on the image");
        }
        return at.input(1);
    }

    private static long[] spatial(String tensor, Step at) {
        return Window.spatial(at.sweep().shape(tensor));
    }

    private static long[] filled(int length, long value) {
        long[] values = new long[length];
        Arrays.fill(values, value);
        return values;
    }

    /** Divides each output's cotangent by the number of values in its mean, and adds it to every value of the window. */
    static void averagePool(Step at) {
        Window window = pooling(at);
        long channels = at.sweep().shape(at.x())[1];
        String shares = at.emit("Mul", at.g(), shares(window, at));
        float[] ones = new float[Math.toIntExact(channels * product(window.kernel()))];
        Arrays.fill(ones, 1);
        String weights = at.sweep().floats(ones, behind(window.kernel(), channels, 1));
        at.contribute(at.emit("ConvTranspose", List.of(shares, weights), window.transposedConvolution(channels)));
    }

    /** {@return one over the number of values in each window, (1, 1, windows...)} */
    private static String shares(Window window, Step at) {
        boolean withPads = at.integer("count_include_pad", 0) != 0;
        long[] declared = Attributes.integers(at.node(), "pads");
        float[] shares = {1};
        for (int axis = 0; axis < window.axes(); axis++) {
            long before = withPads ? window.begin()[axis] : 0;
            long after =
                    !withPads ? 0 : declared != null ? declared[window.axes() + axis] : Math.max(0, window.end(axis));
            long[] counts = new long[Math.toIntExact(window.small()[axis])];
            for (int i = 0; i < counts.length; i++) {
                long start = i * window.strides()[axis] - window.begin()[axis];
                for (long k = 0; k < window.kernel()[axis]; k++) {
                    long place = start + k * window.dilations()[axis];
                    counts[i] += place >= -before && place < window.large()[axis] + after ? 1 : 0;
                }
            }
            float[] product = new float[shares.length * counts.length];
            for (int i = 0; i < product.length; i++) {
                product[i] = shares[i / counts.length] / counts[i % counts.length];
            }
            shares = product;
        }
        return at.sweep().floats(shares, behind(window.small(), 1, 1));
    }

    static void globalAveragePool(Step at) {
        float share = 1f / product(spatial(at.x(), at));
        String shares = at.emit("Mul", at.g(), at.sweep().scalar(share));
        at.contribute(at.emit("Expand", shares, at.sweep().shapeOf(at.x())));
    }

    /** Unfolds each window into channels, finds its first maximum, and puts the cotangent there. */
    static void maxPool(Step at) {
        Sweep sweep = at.sweep();
        Window window = pooling(at);
        long channels = sweep.shape(at.x())[1];
        int places = Math.toIntExact(product(window.kernel()));
        float[] identity = new float[Math.toIntExact(channels * places * places)];
        for (int i = 0; i < channels * places; i++) {
            identity[i * places + i % places] = 1;
        }
        String weights = sweep.floats(identity, behind(window.kernel(), channels * places, 1));
        String unfolded = unfolded(weights, window, channels, at);
        String values = at.emit("Reshape", unfolded, sweep.integers(0, channels, places, -1));
        String greatest = at.emit("ArgMax", List.of(values), Attributes.of("axis", 2));
        String numbers = sweep.integers(LongStream.range(0, places).toArray(), 1, 1, places, 1);
        String chosen = at.emit("Cast", List.of(at.emit("Equal", greatest, numbers)), Attributes.of("to", 1));
        String g = at.emit("Reshape", at.g(), sweep.integers(0, channels, 1, -1));
        String placed = at.emit(
                "Reshape", at.emit("Mul", chosen, g), sweep.integers(behind(window.small(), 0, channels * places)));
        at.contribute(at.emit("ConvTranspose", List.of(placed, weights), window.transposedConvolution(channels)));
    }

    /**
     * Unfolds the windows of x. The padding is the lowest finite number: it is never the maximum, and 0 times it is still 0.
     *
     * @return (batch, channels x places, windows...)
     */
    private static String unfolded(String weights, Window window, long channels, Step at) {
        long[] pads = window.pads();
        long[] all = new long[2 * (2 + window.axes())];
        System.arraycopy(pads, 0, all, 2, window.axes());
        System.arraycopy(pads, window.axes(), all, 4 + window.axes(), window.axes());
        String padded =
                at.emit("Pad", at.x(), at.sweep().integers(all), at.sweep().scalar(-Float.MAX_VALUE));
        return at.emit(
                "Conv",
                List.of(padded, weights),
                Attributes.of("kernel_shape", window.kernel()),
                Attributes.of("strides", window.strides()),
                Attributes.of("dilations", window.dilations()),
                Attributes.of("group", channels));
    }

    private static Window pooling(Step at) {
        long[] kernel = Objects.requireNonNull(Attributes.integers(at.node(), "kernel_shape")); // ONNX requires it
        return Window.of(at.node(), spatial(at.x(), at), spatial(at.y(), at), kernel);
    }

    /** {@return a shape of two dimensions and the spatial ones behind them} */
    private static long[] behind(long[] spatial, long first, long second) {
        return LongStream.concat(LongStream.of(first, second), Arrays.stream(spatial))
                .toArray();
    }

    private static long product(long[] values) {
        return Arrays.stream(values).reduce(1, Math::multiplyExact);
    }
}
