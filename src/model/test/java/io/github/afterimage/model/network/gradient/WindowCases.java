package io.github.afterimage.model.network.gradient;

import static io.github.afterimage.model.network.gradient.GradientCases.graph;
import static io.github.afterimage.model.network.gradient.GradientCases.integer;
import static io.github.afterimage.model.network.gradient.GradientCases.ints;
import static io.github.afterimage.model.network.gradient.GradientCases.one;
import static io.github.afterimage.model.network.gradient.GradientCases.text;

import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** The {@link GradientCases} whose operators move a window over the image. */
final class WindowCases {
    private WindowCases() {}

    static Stream<Arguments> convolutions() {
        return Stream.of(
                graph(
                        "conv",
                        d -> d.weight("w", 4, 3, 3, 3)
                                .weight("b", 4)
                                .node("Conv", "x,w,b", "y", ints("pads", 1, 1, 1, 1)),
                        3,
                        5,
                        6),
                graph(
                        "conv, uneven kernel and pads",
                        d -> d.weight("w", 4, 3, 2, 3).node("Conv", "x,w", "y", ints("pads", 0, 2, 1, 1)),
                        3,
                        5,
                        6),
                graph(
                        "conv, more padding than kernel",
                        d -> d.weight("w", 4, 3, 1, 1).node("Conv", "x,w", "y", ints("pads", 1, 1, 1, 1)),
                        3,
                        5,
                        6),
                graph(
                        "conv, strides that leave values out",
                        d -> d.weight("w", 4, 3, 3, 2)
                                .node("Conv", "x,w", "y", ints("strides", 3, 4), ints("pads", 1, 0, 0, 0)),
                        3,
                        6,
                        8),
                graph(
                        "conv, 1x1 with stride 2",
                        d -> d.weight("w", 4, 3, 1, 1).node("Conv", "x,w", "y", ints("strides", 2, 2)),
                        3,
                        6,
                        7),
                graph(
                        "conv, dilated",
                        d -> d.weight("w", 4, 3, 3, 2)
                                .node("Conv", "x,w", "y", ints("dilations", 2, 3), ints("pads", 2, 1, 2, 1)),
                        3,
                        6,
                        7),
                graph(
                        "conv, dilated with strides",
                        d -> d.weight("w", 4, 3, 2, 2)
                                .node("Conv", "x,w", "y", ints("dilations", 2, 2), ints("strides", 2, 3)),
                        3,
                        7,
                        8),
                graph(
                        "conv, groups",
                        d -> d.weight("w", 6, 2, 3, 3)
                                .node("Conv", "x,w", "y", integer("group", 2), ints("pads", 1, 1, 1, 1)),
                        4,
                        5,
                        6),
                graph(
                        "conv, each channel alone, strides",
                        d -> d.weight("w", 8, 1, 3, 3)
                                .node(
                                        "Conv",
                                        "x,w",
                                        "y",
                                        integer("group", 4),
                                        ints("strides", 2, 2),
                                        ints("pads", 1, 1, 1, 1)),
                        4,
                        6,
                        7),
                graph(
                        "conv, SAME_UPPER with stride 2",
                        d -> d.weight("w", 4, 3, 3, 3)
                                .node("Conv", "x,w", "y", text("auto_pad", "SAME_UPPER"), ints("strides", 2, 2)),
                        3,
                        6,
                        7),
                graph(
                        "conv, SAME_LOWER",
                        d -> d.weight("w", 4, 3, 2, 4).node("Conv", "x,w", "y", text("auto_pad", "SAME_LOWER")),
                        3,
                        6,
                        7),
                graph(
                        "conv, VALID",
                        d -> d.weight("w", 4, 3, 3, 3).node("Conv", "x,w", "y", text("auto_pad", "VALID")),
                        3,
                        5,
                        6),
                graph(
                        "conv along one axis",
                        d -> d.weight("w", 4, 3, 3).node("Conv", "x,w", "y", ints("strides", 2), ints("pads", 1, 0)),
                        3,
                        8),
                graph(
                        "transposed conv",
                        d -> d.weight("w", 3, 4, 3, 3).weight("b", 4).node("ConvTranspose", "x,w,b", "y"),
                        3,
                        4,
                        5),
                graph(
                        "transposed conv, strides, pads, output padding",
                        d -> d.weight("w", 3, 4, 3, 2)
                                .node(
                                        "ConvTranspose",
                                        "x,w",
                                        "y",
                                        ints("strides", 2, 3),
                                        ints("pads", 1, 0, 1, 1),
                                        ints("output_padding", 1, 2)),
                        3,
                        4,
                        5),
                graph(
                        "transposed conv, groups, dilated",
                        d -> d.weight("w", 4, 3, 2, 2)
                                .node("ConvTranspose", "x,w", "y", integer("group", 2), ints("dilations", 2, 1)),
                        4,
                        4,
                        5),
                graph(
                        "transposed conv of an output shape",
                        d -> d.weight("w", 3, 4, 3, 3)
                                .node("ConvTranspose", "x,w", "y", ints("strides", 2, 2), ints("output_shape", 8, 10)),
                        3,
                        4,
                        5),
                graph(
                        "transposed conv, SAME_UPPER",
                        d -> d.weight("w", 3, 4, 3, 3)
                                .node(
                                        "ConvTranspose",
                                        "x,w",
                                        "y",
                                        ints("strides", 2, 2),
                                        text("auto_pad", "SAME_UPPER")),
                        3,
                        4,
                        5));
    }

    static Stream<Arguments> poolings() {
        return Stream.of(
                one("max pool", "MaxPool", ints("kernel_shape", 2, 2), ints("strides", 2, 2)),
                one(
                        "max pool that overlaps, padded",
                        "MaxPool",
                        ints("kernel_shape", 3, 3),
                        ints("strides", 2, 2),
                        ints("pads", 1, 1, 1, 1)),
                one(
                        "max pool, ceiling",
                        "MaxPool",
                        ints("kernel_shape", 3, 2),
                        ints("strides", 2, 3),
                        integer("ceil_mode", 1)),
                one("max pool, dilated", "MaxPool", ints("kernel_shape", 2, 3), ints("dilations", 2, 2)),
                one(
                        "max pool, SAME_LOWER",
                        "MaxPool",
                        ints("kernel_shape", 3, 2),
                        ints("strides", 2, 2),
                        text("auto_pad", "SAME_LOWER")),
                graph("max pool along one axis", d -> d.node("MaxPool", "x", "y", ints("kernel_shape", 3)), 3, 8),
                one("average pool", "AveragePool", ints("kernel_shape", 2, 3)),
                one(
                        "average pool without its padding",
                        "AveragePool",
                        ints("kernel_shape", 3, 3),
                        ints("strides", 2, 2),
                        ints("pads", 1, 1, 0, 1)),
                one(
                        "average pool with its padding",
                        "AveragePool",
                        ints("kernel_shape", 3, 3),
                        ints("pads", 1, 1, 1, 1),
                        integer("count_include_pad", 1)),
                one(
                        "average pool, ceiling",
                        "AveragePool",
                        ints("kernel_shape", 2, 3),
                        ints("strides", 2, 2),
                        integer("ceil_mode", 1)),
                graph(
                        "average pool, ceiling, with its padding",
                        d -> d.opset(19) // before, ONNX Runtime counts too much, and networks with it are refused
                                .node(
                                        "AveragePool",
                                        "x",
                                        "y",
                                        ints("kernel_shape", 2, 3),
                                        ints("strides", 2, 2),
                                        integer("ceil_mode", 1),
                                        ints("pads", 0, 1, 0, 1),
                                        integer("count_include_pad", 1)),
                        3,
                        5,
                        6),
                one(
                        "average pool, SAME_UPPER",
                        "AveragePool",
                        ints("kernel_shape", 2, 2),
                        text("auto_pad", "SAME_UPPER")),
                one("average pool over all", "AveragePool", ints("kernel_shape", 5, 6), ints("strides", 5, 6)),
                one("global average pool", "GlobalAveragePool"));
    }
}
