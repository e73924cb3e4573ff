package io.github.afterimage.model.network.gradient;

import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.List;

/** Convolutions and poolings over two spatial axes, or one, in double precision. */
final class DoubleWindows {
    private DoubleWindows() {}

    /** The attributes of a node for one axis. */
    private record Axis(int kernel, int stride, int dilation, int begin, int end, int outputPadding) {
        static Axis of(NodeProto node, int axis, int axes, int in, int kernel) {
            int stride = attribute(node, "strides", axis, 1);
            int dilation = attribute(node, "dilations", axis, 1);
            int extent = (kernel - 1) * dilation + 1;
            int begin = attribute(node, "pads", axis, 0);
            int end = attribute(node, "pads", axes + axis, 0);
            String automatic = Attributes.text(node, "auto_pad", "NOTSET");
            if (automatic.startsWith("SAME")) {
                int out = (in + stride - 1) / stride;
                int total = Math.max(0, (out - 1) * stride + extent - in);
                begin = automatic.equals("SAME_UPPER") ? total / 2 : total - total / 2;
                end = total - begin;
            }
            return new Axis(kernel, stride, dilation, begin, end, attribute(node, "output_padding", axis, 0));
        }

        int extent() {
            return (kernel - 1) * dilation + 1;
        }

        int windows(int in, boolean ceil) {
            int room = in + begin + end - extent();
            int windows = (ceil ? (room + stride - 1) / stride : room / stride) + 1;
            return ceil && (windows - 1) * stride >= in + begin ? windows - 1 : windows;
        }

        private static int attribute(NodeProto node, String name, int index, int absent) {
            long[] values = Attributes.integers(node, name);
            return values == null ? absent : (int) values[index];
        }
    }

    private static Tensor plane(Tensor x) {
        return x.rank() == 4 ? x : x.reshaped(x.shape()[0], x.shape()[1], 1, x.shape()[2]);
    }

    private static Axis[] axes(NodeProto node, Tensor x, int[] kernel) {
        if (x.rank() == 3) {
            return new Axis[] {new Axis(1, 1, 1, 0, 0, 0), Axis.of(node, 0, 1, x.shape()[2], kernel[kernel.length - 1])
            };
        }
        int start = kernel.length - 2;
        return new Axis[] {
            Axis.of(node, 0, 2, x.shape()[2], kernel[start]), Axis.of(node, 1, 2, x.shape()[3], kernel[start + 1])
        };
    }

    private static Tensor ranked(Tensor result, int rank) {
        int[] s = result.shape();
        return rank == 4 ? result : result.reshaped(s[0], s[1], s[3]);
    }

    static Tensor convolution(NodeProto node, List<Tensor> in) {
        Axis[] axes = axes(node, in.get(0), in.get(1).shape());
        Tensor x = plane(in.get(0));
        Tensor w = plane(in.get(1));
        int group = (int) Attributes.integer(node, "group", 1);
        int[] xs = x.shape();
        int[] ws = w.shape();
        Tensor y = Tensor.zeros(xs[0], ws[0], axes[0].windows(xs[2], false), axes[1].windows(xs[3], false));
        int[] ys = y.shape();
        for (int n = 0; n < xs[0]; n++) {
            for (int m = 0; m < ws[0]; m++) {
                double bias = in.size() > 2 ? in.get(2).values()[m] : 0;
                int start = (n * ws[0] + m) * ys[2] * ys[3];
                java.util.Arrays.fill(y.values(), start, start + ys[2] * ys[3], bias);
                for (int c = 0; c < ws[1]; c++) {
                    int channel = m / (ws[0] / group) * ws[1] + c;
                    for (int i = 0; i < ws[2]; i++) {
                        for (int j = 0; j < ws[3]; j++) {
                            double weight = w.values()[((m * ws[1] + c) * ws[2] + i) * ws[3] + j];
                            for (int r = 0; r < ys[2]; r++) {
                                int row = r * axes[0].stride() - axes[0].begin() + i * axes[0].dilation();
                                if (row < 0 || row >= xs[2]) {
                                    continue;
                                }
                                int source = ((n * xs[1] + channel) * xs[2] + row) * xs[3];
                                int offset = j * axes[1].dilation() - axes[1].begin();
                                for (int k = 0; k < ys[3]; k++) {
                                    int column = k * axes[1].stride() + offset;
                                    if (column >= 0 && column < xs[3]) {
                                        y.values()[start + r * ys[3] + k] += weight * x.values()[source + column];
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        return ranked(y, in.get(0).rank());
    }

    static Tensor transposedConvolution(NodeProto node, List<Tensor> in) {
        Axis[] axes = axes(node, in.get(0), in.get(1).shape());
        Tensor x = plane(in.get(0));
        Tensor w = plane(in.get(1));
        int group = (int) Attributes.integer(node, "group", 1);
        int[] xs = x.shape();
        int[] ws = w.shape();
        int[] size = new int[2];
        int[] begin = new int[2];
        long[] wanted = Attributes.integers(node, "output_shape");
        boolean upper = Attributes.text(node, "auto_pad", "NOTSET").equals("SAME_UPPER");
        for (int a = 0; a < 2; a++) {
            int full = (xs[2 + a] - 1) * axes[a].stride() + axes[a].extent() + axes[a].outputPadding();
            boolean same = !Attributes.text(node, "auto_pad", "NOTSET").equals("NOTSET");
            size[a] = wanted != null
                    ? (int) wanted[a]
                    : same ? xs[2 + a] * axes[a].stride() : full - axes[a].begin() - axes[a].end();
            int total = Math.max(0, full - size[a]);
            begin[a] = wanted == null && !same ? axes[a].begin() : upper ? total / 2 : total - total / 2;
        }
        Tensor y = Tensor.zeros(xs[0], ws[1] * group, size[0], size[1]);
        for (int n = 0; n < xs[0]; n++) {
            for (int c = 0; c < xs[1]; c++) {
                for (int m = 0; m < ws[1]; m++) {
                    int output = c / (xs[1] / group) * ws[1] + m;
                    for (int r = 0; r < xs[2] * xs[3]; r++) {
                        for (int k = 0; k < ws[2] * ws[3]; k++) {
                            int row = r / xs[3] * axes[0].stride() + k / ws[3] * axes[0].dilation() - begin[0];
                            int column = r % xs[3] * axes[1].stride() + k % ws[3] * axes[1].dilation() - begin[1];
                            if (row >= 0 && row < size[0] && column >= 0 && column < size[1]) {
                                y.values()[((n * ws[1] * group + output) * size[0] + row) * size[1] + column] +=
                                        x.values()[(n * xs[1] + c) * xs[2] * xs[3] + r]
                                                * w.values()[(c * ws[1] + m) * ws[2] * ws[3] + k];
                            }
                        }
                    }
                }
            }
        }
        Tensor biased = in.size() > 2 ? y.combine(in.get(2).reshaped(1, ws[1] * group, 1, 1), Double::sum) : y;
        return ranked(biased, in.get(0).rank());
    }

    static Tensor pool(NodeProto node, Tensor given, boolean greatest) {
        long[] kernel = Attributes.integers(node, "kernel_shape");
        Axis[] axes = axes(
                node,
                given,
                java.util.Arrays.stream(kernel).mapToInt(k -> (int) k).toArray());
        Tensor x = plane(given);
        int[] xs = x.shape();
        boolean ceil = Attributes.integer(node, "ceil_mode", 0) != 0;
        boolean withPads = Attributes.integer(node, "count_include_pad", 0) != 0;
        int[] shape = {xs[0], xs[1], axes[0].windows(xs[2], ceil), axes[1].windows(xs[3], ceil)};
        Tensor y = Tensor.from(shape, index -> {
            double sum = 0;
            double most = -Double.MAX_VALUE;
            int count = 0;
            for (int i = 0; i < axes[0].kernel(); i++) {
                for (int j = 0; j < axes[1].kernel(); j++) {
                    int row = index[2] * axes[0].stride() - axes[0].begin() + i * axes[0].dilation();
                    int column = index[3] * axes[1].stride() - axes[1].begin() + j * axes[1].dilation();
                    boolean inside = row >= 0 && row < xs[2] && column >= 0 && column < xs[3];
                    boolean padding = row < xs[2] + axes[0].end() && column < xs[3] + axes[1].end();
                    count += inside || withPads && padding ? 1 : 0;
                    if (inside) {
                        double value = x.at(new int[] {index[0], index[1], row, column});
                        sum += value;
                        most = Math.max(most, value);
                    }
                }
            }
            return greatest ? most : sum / count;
        });
        return ranked(y, given.rank());
    }
}
