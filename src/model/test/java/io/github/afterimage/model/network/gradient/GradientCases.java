package io.github.afterimage.model.network.gradient;

import ai.onnx.proto.OnnxMl.AttributeProto;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** Small named graphs for each operator and each of its settings. */
final class GradientCases {
    static final long SEED = 20181203;

    private GradientCases() {}

    static Stream<Arguments> all() {
        return Stream.of(elementwise(), products(), WindowCases.convolutions(), WindowCases.poolings(), shapes())
                .flatMap(cases -> cases);
    }

    static AttributeProto ints(String name, long... values) {
        return Attributes.of(name, values);
    }

    static AttributeProto integer(String name, long value) {
        return Attributes.of(name, value);
    }

    static AttributeProto number(String name, float value) {
        return Attributes.of(name, value);
    }

    static AttributeProto text(String name, String value) {
        return Attributes.of(name, value);
    }

    static Arguments graph(String name, UnaryOperator<Differentiated> build, int... shape) {
        return Arguments.of(name, build.apply(new Differentiated(SEED, shape)));
    }

    static Arguments one(String name, String operator, AttributeProto... attributes) {
        return graph(name, d -> d.node(operator, "x", "y", attributes), 3, 5, 6);
    }

    private static Stream<Arguments> elementwise() {
        return Stream.of(
                graph("add a repeated weight", d -> d.weight("w", 3, 1, 1).node("Add", "x,w", "y"), 3, 5, 6),
                graph("add to itself", d -> d.node("Add", "x,x", "y"), 3, 5, 6),
                graph(
                        "add where the image is repeated",
                        d -> d.weight("w", 2, 3, 4, 6)
                                .node("Unsqueeze", "x,a", "u")
                                .integers("a", 1)
                                .node("Add", "u,w", "y"),
                        3,
                        1,
                        6),
                graph("subtract the image", d -> d.weight("w", 6).node("Sub", "w,x", "y"), 3, 5, 6),
                graph("subtract from the image", d -> d.weight("w", 1, 3, 5, 6).node("Sub", "x,w", "y"), 3, 5, 6),
                graph("multiply", d -> d.weight("w", 5, 1).node("Mul", "w,x", "y"), 3, 5, 6),
                graph(
                        "multiply two that depend, one repeated",
                        d -> d.node("GlobalAveragePool", "x", "m").node("Mul", "x,m", "y"),
                        3,
                        5,
                        6),
                graph("divide by a weight", d -> d.weight("w", 3, 5, 6).node("Div", "x,w", "y"), 3, 5, 6),
                graph(
                        "divide by the image",
                        d -> d.weight("w", 1, 6).node("Exp", "x", "e").node("Div", "w,e", "y"),
                        3,
                        5,
                        6),
                graph("sum of three", d -> d.weight("w", 6).node("Sum", "x,w,x", "y"), 3, 5, 6),
                one("neg", "Neg"),
                one("exp", "Exp"),
                one("relu", "Relu"),
                one("sigmoid", "Sigmoid"),
                one("tanh", "Tanh"),
                one("leaky relu", "LeakyRelu", number("alpha", 0.2f)),
                one("leaky relu by default", "LeakyRelu"),
                graph(
                        "clip",
                        d -> d.floats("a", new float[] {-0.5f})
                                .floats("b", new float[] {0.7f})
                                .node("Clip", "x,a,b", "y"),
                        3,
                        5,
                        6),
                graph("clip from above", d -> d.floats("b", new float[] {0.7f}).node("Clip", "x,,b", "y"), 3, 5, 6),
                one("softmax over the last axis", "Softmax"),
                one("softmax over channels", "Softmax", integer("axis", 1)),
                one("log-softmax", "LogSoftmax", integer("axis", -2)),
                graph(
                        "softmax of opset 11, from an axis on",
                        d -> d.opset(11).node("Softmax", "x", "y", integer("axis", 2)),
                        3,
                        5,
                        6),
                graph("log-softmax of opset 12", d -> d.opset(12).node("LogSoftmax", "x", "y"), 3, 5, 6),
                graph(
                        "batch normalisation",
                        d -> d.weight("s", 3)
                                .weight("b", 3)
                                .weight("m", 3)
                                .positive("v", 3)
                                .node("BatchNormalization", "x,s,b,m,v", "y", number("epsilon", 1e-3f)),
                        3,
                        5,
                        6),
                graph(
                        "batch normalisation of vectors",
                        d -> d.weight("s", 7)
                                .weight("b", 7)
                                .weight("m", 7)
                                .positive("v", 7)
                                .node("BatchNormalization", "x,s,b,m,v", "y"),
                        7));
    }

    private static Stream<Arguments> products() {
        return Stream.of(
                graph("gemm", d -> d.weight("w", 7, 4).weight("c", 4).node("Gemm", "x,w,c", "y"), 7),
                graph(
                        "gemm, scaled, transposed weights",
                        d -> d.weight("w", 4, 7)
                                .weight("c", 1, 4)
                                .node(
                                        "Gemm",
                                        "x,w,c",
                                        "y",
                                        number("alpha", 0.5f),
                                        number("beta", 2),
                                        integer("transB", 1)),
                        7),
                graph("gemm without a constant", d -> d.weight("w", 7, 4).node("Gemm", "x,w", "y"), 7),
                graph(
                        "gemm with the image transposed",
                        d -> d.weight("w", 4, 7)
                                .node("Transpose", "x", "t")
                                .node(
                                        "Gemm",
                                        "t,w",
                                        "y",
                                        integer("transA", 1),
                                        integer("transB", 1),
                                        number("alpha", 3)),
                        7),
                graph(
                        "gemm with the image on the right",
                        d -> d.weight("w", 4, 7)
                                .node("Gemm", "w,x", "u", integer("transB", 1))
                                .node("Transpose", "u", "y"),
                        7),
                graph(
                        "gemm with both transposed",
                        d -> d.weight("w", 7, 4)
                                .node("Gemm", "w,x", "u", integer("transA", 1), integer("transB", 1))
                                .node("Transpose", "u", "y"),
                        7),
                graph(
                        "gemm with itself",
                        d -> d.node("Gemm", "x,x", "u", integer("transB", 1))
                                .node("ReduceSum", "u,a", "y")
                                .integers("a", 1),
                        7),
                graph(
                        "gemm with a constant that depends",
                        d -> d.weight("w", 7, 4)
                                .node("Gemm", "x,w", "u")
                                .node("Gemm", "x,w,u", "y", number("beta", 0.3f)),
                        7),
                graph("matrices by a weight", d -> d.weight("w", 6, 4).node("MatMul", "x,w", "y"), 3, 5, 6),
                graph("a weight by matrices", d -> d.weight("w", 2, 5).node("MatMul", "w,x", "y"), 3, 5, 6),
                graph(
                        "matrices by matrices",
                        d -> d.node("Transpose", "x", "t", ints("perm", 0, 1, 3, 2))
                                .node("MatMul", "x,t", "y"),
                        3,
                        5,
                        6),
                graph(
                        "matrices that are repeated",
                        d -> d.weight("w", 1, 4, 6, 2).node("MatMul", "x,w", "y"),
                        1,
                        5,
                        6));
    }

    private static Stream<Arguments> shapes() {
        return Stream.of(
                one("identity", "Identity"),
                one("dropout", "Dropout"),
                one("flatten", "Flatten"),
                one("flatten from axis 2", "Flatten", integer("axis", 2)),
                graph("reshape", d -> d.integers("s", 0, -1, 2).node("Reshape", "x,s", "y"), 3, 5, 6),
                graph("squeeze", d -> d.integers("a", 2).node("Squeeze", "x,a", "y"), 3, 1, 6),
                graph("unsqueeze", d -> d.integers("a", -1, 1).node("Unsqueeze", "x,a", "y"), 3, 5, 6),
                graph(
                        "squeeze and unsqueeze of opset 11",
                        d -> d.opset(11)
                                .node("Squeeze", "x", "u", ints("axes", 2))
                                .node("Unsqueeze", "u", "y", ints("axes", 1)),
                        3,
                        1,
                        6),
                one("transpose", "Transpose", ints("perm", 0, 2, 3, 1)),
                graph(
                        "concat",
                        d -> d.weight("w", 3, 2, 5, 6)
                                .node("Neg", "x", "n")
                                .node("Concat", "n,w,x", "y", integer("axis", -3)),
                        3,
                        5,
                        6),
                graph("pad", d -> d.integers("p", 0, 1, 0, 2, 0, 0, 3, 1).node("Pad", "x,p", "y"), 3, 5, 6),
                graph(
                        "pad by less, with a value",
                        d -> d.integers("p", 0, -1, 2, 0, 0, 0, -2, 1)
                                .floats("v", new float[] {7})
                                .node("Pad", "x,p,v", "y"),
                        3,
                        5,
                        6),
                graph(
                        "pad some axes",
                        d -> d.opset(18).integers("p", 1, 2).integers("a", -1).node("Pad", "x,p,,a", "y"),
                        3,
                        5,
                        6),
                graph(
                        "slice with steps",
                        d -> d.integers("s", 0, 1)
                                .integers("e", 1000, 6)
                                .integers("a", 2, 3)
                                .integers("t", 2, 3)
                                .node("Slice", "x,s,e,a,t", "y"),
                        3,
                        5,
                        6),
                graph(
                        "slice backwards",
                        d -> d.integers("s", -1)
                                .integers("e", -1000)
                                .integers("a", 1)
                                .integers("t", -2)
                                .node("Slice", "x,s,e,a,t", "y"),
                        5,
                        4,
                        3),
                one("mean over axes", "ReduceMean", ints("axes", 1, 3)),
                one("mean over axes that go", "ReduceMean", ints("axes", -1, 2), integer("keepdims", 0)),
                graph(
                        "mean over axes of opset 18",
                        d -> d.opset(18).integers("a", 2, 3).node("ReduceMean", "x,a", "y", integer("keepdims", 0)),
                        3,
                        5,
                        6),
                graph(
                        "sum of opset 12",
                        d -> d.opset(12).node("ReduceSum", "x", "y", ints("axes", 2), integer("keepdims", 0)),
                        3,
                        5,
                        6),
                graph("sum", d -> d.integers("a", 1).node("ReduceSum", "x,a", "y"), 3, 5, 6));
    }
}
