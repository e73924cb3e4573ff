package io.github.afterimage.model.network.gradient;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The windows of a convolution or a pooling along each spatial axis. They move over the large side, and each makes one value
 * of the small side. Window i begins at {@code i stride - begin}.
 *
 * @param large the number of values of the large side, for each axis
 * @param small the number of windows
 * @param begin the padding before the first value
 */
record Window(long[] large, long[] small, long[] kernel, long[] strides, long[] dilations, long[] begin) {

    /** {@return the windows of a convolution or pooling, whose output is the small side} */
    static Window of(NodeProto node, long[] input, long[] output, long[] kernel) {
        Window window = declared(node, input, output, kernel);
        String automatic = Attributes.text(node, "auto_pad", "NOTSET");
        for (int i = 0; automatic.startsWith("SAME") && i < kernel.length; i++) {
            long total = Math.max(0, window.reach(i) - input[i]);
            window.begin[i] = automatic.equals("SAME_LOWER") ? total - total / 2 : total / 2;
        }
        return window;
    }

    /** {@return the windows of a transposed convolution, whose input is the small side} */
    static Window transposed(NodeProto node, long[] input, long[] output, long[] kernel) {
        Window window = declared(node, output, input, kernel);
        String automatic = Attributes.text(node, "auto_pad", "NOTSET");
        long[] outputPadding = attribute(node, "output_padding", kernel.length, 0);
        boolean computed = Attributes.integers(node, "output_shape") != null || automatic.startsWith("SAME");
        for (int i = 0; computed && i < kernel.length; i++) {
            long total = Math.max(0, window.reach(i) + outputPadding[i] - output[i]);
            window.begin[i] = automatic.equals("SAME_UPPER") ? total / 2 : total - total / 2;
        }
        return window;
    }

    private static Window declared(NodeProto node, long[] large, long[] small, long[] kernel) {
        int axes = kernel.length;
        return new Window(
                large,
                small,
                kernel,
                attribute(node, "strides", axes, 1),
                attribute(node, "dilations", axes, 1),
                Arrays.copyOf(attribute(node, "pads", 2 * axes, 0), axes));
    }

    /** {@return the spatial part of a shape} */
    static long[] spatial(long[] shape) {
        return Arrays.copyOfRange(shape, 2, shape.length);
    }

    int axes() {
        return kernel.length;
    }

    /** {@return the number of values from the first one of the first window to the last one of the last window} */
    private long reach(int axis) {
        return (small[axis] - 1) * strides[axis] + extent(axis);
    }

    /** {@return the number of values from the first one of a window to its last one} */
    long extent(int axis) {
        return (kernel[axis] - 1) * dilations[axis] + 1;
    }

    /** {@return the padding after the last value; negative if no window reaches that value} */
    long end(int axis) {
        return reach(axis) - large[axis] - begin[axis];
    }

    /** {@return the padding before, then after, for each axis; 0 instead of negative numbers} */
    long[] pads() {
        return IntStream.range(0, 2 * axes())
                .mapToLong(i -> i < axes() ? begin[i] : Math.max(0, end(i - axes())))
                .toArray();
    }

    boolean isDense() {
        return Arrays.stream(strides).allMatch(stride -> stride == 1);
    }

    /** {@return the attributes of a convolution from the large side to the small one} */
    AttributeProto[] convolution(long group) {
        return attributes(group, new long[0]);
    }

    /** {@return the attributes of a transposed convolution from the small side to the large one} */
    AttributeProto[] transposedConvolution(long group) {
        return attributes(
                group,
                IntStream.range(0, axes()).mapToLong(i -> Math.max(0, -end(i))).toArray());
    }

    private AttributeProto[] attributes(long group, long[] outputPadding) {
        AttributeProto[] attributes = {
            Attributes.of("kernel_shape", kernel),
            Attributes.of("strides", strides),
            Attributes.of("dilations", dilations),
            Attributes.of("pads", pads()),
            Attributes.of("group", group),
            Attributes.of("output_padding", outputPadding)
        };
        return outputPadding.length > 0 ? attributes : Arrays.copyOf(attributes, attributes.length - 1);
    }

    private static long[] attribute(NodeProto node, String name, int length, long absent) {
        long[] values = Attributes.integers(node, name);
        if (values != null) {
            return values;
        }
        long[] filled = new long[length];
        Arrays.fill(filled, absent);
        return filled;
    }
}
