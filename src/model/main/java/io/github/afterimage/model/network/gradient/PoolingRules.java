package io.github.afterimage.model.network.gradient;

import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;

/** Rules for poolings, which are convolutions of single channels. */
final class PoolingRules {
    private PoolingRules() {}

    /** Divides each output's cotangent by the number of values in its mean, and adds it to every value of the window. */
    static void averagePool(NodeProto node, Sweep sweep) {
        Window window = window(node, sweep);
        long channels = sweep.shape(node.getInput(0))[1];
        String shares = sweep.emit("Mul", sweep.cotangent(node.getOutput(0)), shares(node, window, sweep));
        float[] ones = new float[Math.toIntExact(channels * product(window.kernel()))];
        Arrays.fill(ones, 1);
        String weights = sweep.floats(ones, weightShape(channels, window));
        sweep.contribute(
                node.getInput(0),
                sweep.emit("ConvTranspose", List.of(shares, weights), window.transposedConvolution(channels)));
    }

    /** {@return one over the number of values in each window, (1, 1, windows...)} */
    private static String shares(NodeProto node, Window window, Sweep sweep) {
        boolean withPads = Attributes.integer(node, "count_include_pad", 0) != 0;
        long[] declared = Attributes.integers(node, "pads");
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
        return sweep.floats(
                shares,
                LongStream.concat(LongStream.of(1, 1), Arrays.stream(window.small()))
                        .toArray());
    }

    static void globalAveragePool(NodeProto node, Sweep sweep) {
        String x = node.getInput(0);
        float share = 1f / product(Window.spatial(sweep.shape(x)));
        String shares = sweep.emit("Mul", sweep.cotangent(node.getOutput(0)), sweep.scalar(share));
        sweep.contribute(x, sweep.emit("Expand", shares, sweep.shapeOf(x)));
    }

    /** Unfolds each window into channels, finds its first maximum, and puts the cotangent there. */
    static void maxPool(NodeProto node, Sweep sweep) {
        Window window = window(node, sweep);
        String x = node.getInput(0);
        long channels = sweep.shape(x)[1];
        int places = Math.toIntExact(product(window.kernel()));
        float[] identity = new float[Math.toIntExact(channels * places * places)];
        for (int i = 0; i < channels * places; i++) {
            identity[i * places + i % places] = 1;
        }
        String weights = sweep.floats(identity, weightShape(channels * places, window));
        String values = sweep.emit(
                "Reshape", unfolded(x, weights, window, channels, sweep), sweep.integers(0, channels, places, -1));
        String greatest = sweep.emit("ArgMax", List.of(values), Attributes.of("axis", 2));
        String numbers = sweep.integers(LongStream.range(0, places).toArray(), 1, 1, places, 1);
        String chosen = sweep.emit("Cast", List.of(sweep.emit("Equal", greatest, numbers)), Attributes.of("to", 1));
        String g = sweep.emit("Reshape", sweep.cotangent(node.getOutput(0)), sweep.integers(0, channels, 1, -1));
        String placed = sweep.emit(
                "Reshape",
                sweep.emit("Mul", chosen, g),
                sweep.integers(LongStream.concat(LongStream.of(0, channels * places), Arrays.stream(window.small()))
                        .toArray()));
        sweep.contribute(
                x, sweep.emit("ConvTranspose", List.of(placed, weights), window.transposedConvolution(channels)));
    }

    /**
     * Unfolds the windows of a tensor. The padding is the lowest finite number: it is never the maximum, and 0 times it is
     * still 0.
     *
     * @return (batch, channels x places, windows...)
     */
    private static String unfolded(String x, String weights, Window window, long channels, Sweep sweep) {
        long[] pads = window.pads();
        long[] all = new long[2 * (2 + window.axes())];
        System.arraycopy(pads, 0, all, 2, window.axes());
        System.arraycopy(pads, window.axes(), all, 4 + window.axes(), window.axes());
        String padded = sweep.emit("Pad", x, sweep.integers(all), sweep.scalar(-Float.MAX_VALUE));
        return sweep.emit(
                "Conv",
                List.of(padded, weights),
                Attributes.of("kernel_shape", window.kernel()),
                Attributes.of("strides", window.strides()),
                Attributes.of("dilations", window.dilations()),
                Attributes.of("group", channels));
    }

    private static Window window(NodeProto node, Sweep sweep) {
        return Window.of(
                node,
                Window.spatial(sweep.shape(node.getInput(0))),
                Window.spatial(sweep.shape(node.getOutput(0))),
                Objects.requireNonNull(Attributes.integers(node, "kernel_shape"))); // ONNX requires it
    }

    private static long[] weightShape(long outputs, Window window) {
        return LongStream.concat(LongStream.of(outputs, 1), Arrays.stream(window.kernel()))
                .toArray();
    }

    private static long product(long[] values) {
        return Arrays.stream(values).reduce(1, Math::multiplyExact);
    }
}
