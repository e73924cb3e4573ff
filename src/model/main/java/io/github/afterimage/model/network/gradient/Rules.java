package io.github.afterimage.model.network.gradient;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The rules, by operator. A rule adds the contributions of a node's first output to the cotangents of its inputs. It throws
 * IllegalArgumentException, with the reason, for a form of the operator that it does not know.
 */
final class Rules {
    private static final int OPSET_OF_ONE_SOFTMAX_AXIS = 13;
    private static final Map<String, Consumer<Step>> TABLE = new TreeMap<>();

    static {
        TABLE.put("Add", Rules::add);
        TABLE.put("AveragePool", WindowRules::averagePool);
        TABLE.put("BatchNormalization", Rules::batchNormalization);
        TABLE.put("Clip", Rules::clip);
        TABLE.put("Concat", Rules::concat);
        TABLE.put("Conv", WindowRules::convolution);
        TABLE.put("ConvTranspose", WindowRules::transposedConvolution);
        TABLE.put("Div", Rules::divide);
        TABLE.put("Dropout", Rules::dropout);
        TABLE.put("Exp", at -> at.contribute(at.emit("Mul", at.g(), at.y())));
        TABLE.put("Flatten", Rules::reshape);
        TABLE.put("Gemm", Rules::gemm);
        TABLE.put("GlobalAveragePool", WindowRules::globalAveragePool);
        TABLE.put("Identity", at -> at.contribute(at.g()));
        TABLE.put("LeakyRelu", Rules::leakyRelu);
        TABLE.put("LogSoftmax", Rules::logSoftmax);
        TABLE.put("MatMul", Rules::matMul);
        TABLE.put("MaxPool", WindowRules::maxPool);
        TABLE.put("Mul", Rules::multiply);
        TABLE.put("Neg", at -> at.contribute(at.emit("Neg", at.g())));
        TABLE.put("Pad", Rules::pad);
        TABLE.put("ReduceMean", Rules::reduceMean);
        TABLE.put("ReduceSum", at -> at.contribute(spread(at.g(), at)));
        // The slope is the sign of y, because y is never negative.
        TABLE.put("Relu", at -> at.contribute(at.emit("Mul", at.g(), at.emit("Sign", at.y()))));
        TABLE.put("Reshape", Rules::reshape);
        TABLE.put("Sigmoid", Rules::sigmoid);
        TABLE.put("Slice", Rules::slice);
        TABLE.put("Softmax", Rules::softmax);
        TABLE.put("Squeeze", Rules::reshape);
        TABLE.put("Sub", Rules::subtract);
        TABLE.put("Sum", Rules::add);
        TABLE.put("Tanh", Rules::tanh);
        TABLE.put("Transpose", Rules::transpose);
        TABLE.put("Unsqueeze", Rules::reshape);
    }

    private Rules() {}

    /** {@return the rule for a node; null if there is none} */
    static @Nullable Consumer<Step> of(NodeProto node) {
        boolean standard = node.getDomain().isEmpty() || node.getDomain().equals("ai.onnx");
        return standard ? TABLE.get(node.getOpType()) : null;
    }

    static String names() {
        return String.join(", ", TABLE.keySet());
    }

    private static void add(Step at) {
        for (int i = 0; i < at.node().getInputCount(); i++) {
            at.contribute(i, at.g());
        }
    }

    private static void subtract(Step at) {
        at.contribute(0, at.g());
        if (at.depends(1)) {
            at.contribute(1, at.emit("Neg", at.g()));
        }
    }

    private static void multiply(Step at) {
        for (int i = 0; i < 2; i++) {
            if (at.depends(i)) {
                at.contribute(i, at.emit("Mul", at.g(), at.input(1 - i)));
            }
        }
    }

    private static void divide(Step at) {
        String quotient = at.emit("Div", at.g(), at.input(1));
        at.contribute(0, quotient);
        if (at.depends(1)) {
            at.contribute(1, at.emit("Neg", at.emit("Mul", quotient, at.y())));
        }
    }

    private static void leakyRelu(Step at) {
        String scaled = at.emit("Mul", at.g(), at.scalar("alpha", 0.01f));
        String positive = at.emit("Greater", at.x(), at.sweep().scalar(0));
        at.contribute(at.emit("Where", positive, at.g(), scaled));
    }

    private static void clip(Step at) {
        String g = at.g();
        for (int i = 1; i < at.node().getInputCount(); i++) {
            if (!at.input(i).isEmpty()) {
                String inside = at.emit(i == 1 ? "Greater" : "Less", at.x(), at.input(i));
                g = at.emit("Where", inside, g, at.sweep().scalar(0));
            }
        }
        at.contribute(g);
    }

    private static void sigmoid(Step at) {
        String slope = at.emit("Mul", at.y(), at.emit("Sub", at.sweep().scalar(1), at.y()));
        at.contribute(at.emit("Mul", at.g(), slope));
    }

    private static void tanh(Step at) {
        String slope = at.emit("Sub", at.sweep().scalar(1), at.emit("Mul", at.y(), at.y()));
        at.contribute(at.emit("Mul", at.g(), slope));
    }

    /** Contributes y (g - Σ g y). */
    private static void softmax(Step at) {
        String mean = at.sweep().sum(at.emit("Mul", at.g(), at.y()), axes(at));
        at.contribute(at.emit("Mul", at.y(), at.emit("Sub", at.g(), mean)));
    }

    /** Contributes g - exp(y) Σ g. */
    private static void logSoftmax(Step at) {
        String share = at.emit("Mul", at.emit("Exp", at.y()), at.sweep().sum(at.g(), axes(at)));
        at.contribute(at.emit("Sub", at.g(), share));
    }

    /** {@return the axes of a softmax: one axis, or before opset 13 this axis and all axes after it} */
    private static long[] axes(Step at) {
        int rank = at.sweep().shape(at.x()).length;
        boolean one = at.sweep().opset() >= OPSET_OF_ONE_SOFTMAX_AXIS;
        long axis = Math.floorMod(at.integer("axis", one ? -1 : 1), (long) rank);
        return LongStream.range(axis, one ? axis + 1 : rank).toArray();
    }

    /** Contributes g scale / sqrt(variance + epsilon), for each channel. */
    private static void batchNormalization(Step at) {
        for (int i = 1; i < at.node().getInputCount(); i++) {
            if (at.depends(i)) {
                throw new IllegalArgumentException("its statistics depend on the image");
            }
        }
        if (at.integer("training_mode", 0) != 0) {
            throw new IllegalArgumentException("it is in training mode");
        }
        String deviation = at.emit("Sqrt", at.emit("Add", at.input(4), at.scalar("epsilon", 1e-5f)));
        String factor = at.emit("Div", at.input(1), deviation);
        long[] perChannel = new long[Math.max(1, at.sweep().shape(at.x()).length - 1)];
        Arrays.fill(perChannel, 1);
        perChannel[0] = -1;
        String shaped = at.emit("Reshape", factor, at.sweep().integers(perChannel));
        at.contribute(at.emit("Mul", at.g(), shaped));
    }

    private static void dropout(Step at) {
        boolean chosen = at.node().getInputCount() > 2 && !at.input(2).isEmpty();
        if (chosen && !isFalse(at.sweep().constant(at.input(2)))) {
            throw new IllegalArgumentException("it may be in training mode");
        }
        at.contribute(at.g());
    }

    private static boolean isFalse(@Nullable TensorProto flag) {
        return flag != null
                && flag.getInt32DataList().stream().allMatch(value -> value == 0)
                && flag.getRawData().toStringUtf8().chars().allMatch(value -> value == 0);
    }

    private static void reshape(Step at) {
        at.contribute(at.sweep().reshapedLike(at.g(), at.x()));
    }

    private static void transpose(Step at) {
        int rank = at.sweep().shape(at.x()).length;
        long[] permutation = Attributes.integers(at.node(), "perm");
        long[] inverse = new long[rank];
        for (int i = 0; i < rank; i++) {
            inverse[permutation == null ? rank - 1 - i : (int) permutation[i]] = i;
        }
        at.contribute(at.emit("Transpose", List.of(at.g()), Attributes.of("perm", inverse)));
    }

    private static void concat(Step at) {
        Sweep sweep = at.sweep();
        int rank = sweep.shape(at.y()).length;
        long axis = Math.floorMod(at.integer("axis", 0), (long) rank);
        if (axis == 0) {
            throw new IllegalArgumentException("it joins images of a batch");
        }
        long start = 0;
        for (String input : at.node().getInputList()) {
            long end = start + sweep.shape(input)[(int) axis];
            if (sweep.depends(input)) {
                sweep.contribute(
                        input,
                        at.emit("Slice", at.g(), sweep.integers(start), sweep.integers(end), sweep.integers(axis)));
            }
            start = end;
        }
    }

    /** Pads by the negative amounts, which cuts the padding off. */
    private static void pad(Step at) {
        String mode = Attributes.text(at.node(), "mode", "constant");
        if (!mode.equals("constant")) {
            throw new IllegalArgumentException("its mode is " + mode + ": expected constant");
        }
        List<String> inputs = new ArrayList<>(List.of(at.g(), at.emit("Neg", at.input(1))));
        if (at.node().getInputCount() > 3) {
            inputs.add("");
            inputs.add(at.input(3));
        }
        at.contribute(at.emit("Pad", inputs));
    }

    /** Slices the positions of the values, and scatters the cotangents to these positions. */
    private static void slice(Step at) {
        Sweep sweep = at.sweep();
        String count = at.emit("Size", at.x());
        String places = at.emit("Range", sweep.integers(new long[] {0}), count, sweep.integers(new long[] {1}));
        List<String> sliced = new ArrayList<>(at.node().getInputList());
        sliced.set(0, sweep.reshapedLike(places, at.x()));
        String all = sweep.integers(-1);
        String target = at.emit("Reshape", at.emit("Slice", sliced), all);
        String zeros = at.emit("Expand", sweep.scalar(0), at.emit("Reshape", count, all));
        String values = at.emit("Reshape", at.g(), all);
        at.contribute(sweep.reshapedLike(at.emit("ScatterElements", zeros, target, values), at.x()));
    }

    private static void reduceMean(Step at) {
        String share = at.emit("Div", count(at.y(), at), count(at.x(), at));
        at.contribute(spread(at.emit("Mul", at.g(), share), at));
    }

    private static String count(String tensor, Step at) {
        return at.emit("Cast", List.of(at.emit("Size", tensor)), Attributes.of("to", 1));
    }

    /** {@return a reduced tensor, repeated along the axes that were reduced} */
    private static String spread(String reduced, Step at) {
        String whole = reduced;
        if (at.integer("keepdims", 1) == 0) {
            AttributeProto[] kept = Stream.concat(
                            at.node().getAttributeList().stream()
                                    .filter(attribute -> !attribute.getName().equals("keepdims")),
                            Stream.of(Attributes.of("keepdims", 1)))
                    .toArray(AttributeProto[]::new);
            String like = at.emit(at.node().getOpType(), at.node().getInputList(), kept);
            whole = at.sweep().reshapedLike(reduced, like);
        }
        return at.emit("Expand", whole, at.sweep().shapeOf(at.x()));
    }

    /** Differentiates Y = alpha A' B' + beta C; A' and B' are A and B, transposed if the node says so. */
    private static void gemm(Step at) {
        String a = at.input(0);
        String b = at.input(1);
        boolean transA = at.integer("transA", 0) != 0;
        boolean transB = at.integer("transB", 0) != 0;
        if (at.depends(0)) {
            at.sweep()
                    .contribute(
                            a, transA ? product(b, transB, at.g(), true, at) : product(at.g(), false, b, !transB, at));
        }
        if (at.depends(1)) {
            at.sweep()
                    .contribute(
                            b, transB ? product(at.g(), true, a, transA, at) : product(a, !transA, at.g(), false, at));
        }
        if (at.depends(2)) {
            at.contribute(2, at.emit("Mul", at.g(), at.scalar("beta", 1)));
        }
    }

    private static String product(String a, boolean transA, String b, boolean transB, Step at) {
        return at.emit(
                "Gemm",
                List.of(a, b),
                Attributes.of("transA", transA ? 1L : 0L),
                Attributes.of("transB", transB ? 1L : 0L),
                Attributes.of("alpha", Attributes.number(at.node(), "alpha", 1)));
    }

    /** Sums over the leading axes along which the matrices of an operand were repeated. */
    private static void matMul(Step at) {
        Sweep sweep = at.sweep();
        String a = at.input(0);
        String b = at.input(1);
        if (sweep.shape(a).length < 2 || sweep.shape(b).length < 2) {
            throw new IllegalArgumentException("one of its operands is a vector: expected matrices");
        }
        if (at.depends(0)) {
            String product = at.emit("MatMul", at.g(), transposed(b, at));
            sweep.contribute(a, sweep.unbroadcastMatrices(product, a, at.y()));
        }
        if (at.depends(1)) {
            String product = at.emit("MatMul", transposed(a, at), at.g());
            sweep.contribute(b, sweep.unbroadcastMatrices(product, b, at.y()));
        }
    }

    private static String transposed(String matrices, Step at) {
        int rank = at.sweep().shape(matrices).length;
        long[] permutation = LongStream.range(0, rank).toArray();
        permutation[rank - 2] = rank - 1L;
        permutation[rank - 1] = rank - 2L;
        return at.emit("Transpose", List.of(matrices), Attributes.of("perm", permutation));
    }
}
