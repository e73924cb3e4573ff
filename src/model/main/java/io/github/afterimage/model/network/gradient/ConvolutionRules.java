package io.github.afterimage.model.network.gradient;

import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Rules for convolutions: the gradient of a convolution is a transposed convolution with the same weights, and vice versa. */
final class ConvolutionRules {
    private ConvolutionRules() {}

    static void convolution(NodeProto node, Sweep sweep) {
        String weights = weights(node, sweep); // (outputs, inputs / group, kernel...)
        Window window = Window.of(
                node, spatial(node.getInput(0), sweep), spatial(node.getOutput(0), sweep), spatial(weights, sweep));
        long group = Attributes.integer(node, "group", 1);
        String g = sweep.cotangent(node.getOutput(0));
        boolean fits = IntStream.range(0, window.axes())
                .allMatch(i ->
                        window.extent(i) > window.pads()[i] && window.extent(i) > window.pads()[i + window.axes()]);
        sweep.contribute(
                node.getInput(0),
                window.isDense() && group == 1 && fits
                        ? mirrored(g, weights, window, sweep)
                        : sweep.emit("ConvTranspose", List.of(g, weights), window.transposedConvolution(group)));
    }

    /** Without strides, a transposed convolution equals a convolution with mirrored weights, which ONNX Runtime runs faster. */
    private static String mirrored(String g, String weights, Window window, Sweep sweep) {
        int axes = window.axes();
        long[] minus = filled(axes, -1);
        String mirror = sweep.emit(
                "Slice",
                weights,
                sweep.integers(minus),
                sweep.integers(filled(axes, Long.MIN_VALUE)),
                sweep.integers(LongStream.range(2, 2 + axes).toArray()),
                sweep.integers(minus));
        long[] permutation = LongStream.range(0, 2 + axes).toArray();
        permutation[0] = 1;
        permutation[1] = 0;
        String exchanged = sweep.emit("Transpose", List.of(mirror), Attributes.of("perm", permutation));
        long[] pads = window.pads();
        for (int i = 0; i < pads.length; i++) {
            pads[i] = window.extent(i % axes) - 1 - pads[i];
        }
        return sweep.emit(
                "Conv",
                List.of(g, exchanged),
                Attributes.of("kernel_shape", window.kernel()),
                Attributes.of("dilations", window.dilations()),
                Attributes.of("pads", pads));
    }

    static void transposedConvolution(NodeProto node, Sweep sweep) {
        String weights = weights(node, sweep); // (inputs, outputs / group, kernel...)
        Window window = Window.transposed(
                node, spatial(node.getInput(0), sweep), spatial(node.getOutput(0), sweep), spatial(weights, sweep));
        long group = Attributes.integer(node, "group", 1);
        sweep.contribute(
                node.getInput(0),
                sweep.emit("Conv", List.of(sweep.cotangent(node.getOutput(0)), weights), window.convolution(group)));
    }

    private static String weights(NodeProto node, Sweep sweep) {
        if (sweep.depends(node, 1)) {
            throw new IllegalArgumentException("its weights depend on the image");
        }
        return node.getInput(1);
    }

    private static long[] spatial(String tensor, Sweep sweep) {
        return Window.spatial(sweep.shape(tensor));
    }

    private static long[] filled(int length, long value) {
        long[] values = new long[length];
        Arrays.fill(values, value);
        return values;
    }
}
