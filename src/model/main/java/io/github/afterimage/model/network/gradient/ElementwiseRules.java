package io.github.afterimage.model.network.gradient;

import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.Arrays;
import java.util.stream.LongStream;

/** Rules for elementwise operators, with broadcasting, and for normalisations. g is the cotangent, y the output. */
final class ElementwiseRules {
    private static final int OPSET_OF_ONE_SOFTMAX_AXIS = 13;

    private ElementwiseRules() {}

    static void add(NodeProto node, Sweep sweep) {
        for (String input : node.getInputList()) {
            contribute(input, sweep.cotangent(node.getOutput(0)), node, sweep);
        }
    }

    static void subtract(NodeProto node, Sweep sweep) {
        String g = sweep.cotangent(node.getOutput(0));
        contribute(node.getInput(0), g, node, sweep);
        if (sweep.depends(node, 1)) {
            contribute(node.getInput(1), sweep.emit("Neg", g), node, sweep);
        }
    }

    static void multiply(NodeProto node, Sweep sweep) {
        String g = sweep.cotangent(node.getOutput(0));
        for (int i = 0; i < 2; i++) {
            if (sweep.depends(node, i)) {
                contribute(node.getInput(i), sweep.emit("Mul", g, node.getInput(1 - i)), node, sweep);
            }
        }
    }

    static void divide(NodeProto node, Sweep sweep) {
        String quotient = sweep.emit("Div", sweep.cotangent(node.getOutput(0)), node.getInput(1));
        contribute(node.getInput(0), quotient, node, sweep);
        if (sweep.depends(node, 1)) {
            String product = sweep.emit("Mul", quotient, node.getOutput(0));
            contribute(node.getInput(1), sweep.emit("Neg", product), node, sweep);
        }
    }

    static void negate(NodeProto node, Sweep sweep) {
        sweep.contribute(node.getInput(0), sweep.emit("Neg", sweep.cotangent(node.getOutput(0))));
    }

    static void exponential(NodeProto node, Sweep sweep) {
        String y = node.getOutput(0);
        sweep.contribute(node.getInput(0), sweep.emit("Mul", sweep.cotangent(y), y));
    }

    /** The slope is the sign of y, because y is never negative. */
    static void relu(NodeProto node, Sweep sweep) {
        String y = node.getOutput(0);
        sweep.contribute(node.getInput(0), sweep.emit("Mul", sweep.cotangent(y), sweep.emit("Sign", y)));
    }

    static void leakyRelu(NodeProto node, Sweep sweep) {
        String g = sweep.cotangent(node.getOutput(0));
        String scaled = sweep.emit("Mul", g, sweep.scalar(Attributes.number(node, "alpha", 0.01f)));
        String positive = sweep.emit("Greater", node.getInput(0), sweep.scalar(0));
        sweep.contribute(node.getInput(0), sweep.emit("Where", positive, g, scaled));
    }

    static void clip(NodeProto node, Sweep sweep) {
        String g = sweep.cotangent(node.getOutput(0));
        String x = node.getInput(0);
        for (int i = 1; i < node.getInputCount(); i++) {
            if (!node.getInput(i).isEmpty()) {
                String inside = sweep.emit(i == 1 ? "Greater" : "Less", x, node.getInput(i));
                g = sweep.emit("Where", inside, g, sweep.scalar(0));
            }
        }
        sweep.contribute(x, g);
    }

    static void sigmoid(NodeProto node, Sweep sweep) {
        String y = node.getOutput(0);
        String slope = sweep.emit("Mul", y, sweep.emit("Sub", sweep.scalar(1), y));
        sweep.contribute(node.getInput(0), sweep.emit("Mul", sweep.cotangent(y), slope));
    }

    static void tanh(NodeProto node, Sweep sweep) {
        String y = node.getOutput(0);
        String slope = sweep.emit("Sub", sweep.scalar(1), sweep.emit("Mul", y, y));
        sweep.contribute(node.getInput(0), sweep.emit("Mul", sweep.cotangent(y), slope));
    }

    /** Contributes y (g - Σ g y). */
    static void softmax(NodeProto node, Sweep sweep) {
        String y = node.getOutput(0);
        String g = sweep.cotangent(y);
        String mean = sweep.sum(sweep.emit("Mul", g, y), axes(node, sweep));
        sweep.contribute(node.getInput(0), sweep.emit("Mul", y, sweep.emit("Sub", g, mean)));
    }

    /** Contributes g - exp(y) Σ g. */
    static void logSoftmax(NodeProto node, Sweep sweep) {
        String y = node.getOutput(0);
        String g = sweep.cotangent(y);
        String share = sweep.emit("Mul", sweep.emit("Exp", y), sweep.sum(g, axes(node, sweep)));
        sweep.contribute(node.getInput(0), sweep.emit("Sub", g, share));
    }

    /** {@return the axes of a softmax: one axis, or before opset 13 this axis and all axes after it} */
    private static long[] axes(NodeProto node, Sweep sweep) {
        int rank = sweep.shape(node.getInput(0)).length;
        boolean one = sweep.opset() >= OPSET_OF_ONE_SOFTMAX_AXIS;
        long axis = Math.floorMod(Attributes.integer(node, "axis", one ? -1 : 1), (long) rank);
        return LongStream.range(axis, one ? axis + 1 : rank).toArray();
    }

    /** Contributes g scale / sqrt(variance + epsilon), for each channel. */
    static void batchNormalization(NodeProto node, Sweep sweep) {
        for (int i = 1; i < node.getInputCount(); i++) {
            if (sweep.depends(node, i)) {
                throw new IllegalArgumentException("its statistics depend on the image");
            }
        }
        if (Attributes.integer(node, "training_mode", 0) != 0) {
            throw new IllegalArgumentException("it is in training mode");
        }
        String epsilon = sweep.scalar(Attributes.number(node, "epsilon", 1e-5f));
        String deviation = sweep.emit("Sqrt", sweep.emit("Add", node.getInput(4), epsilon));
        String factor = sweep.emit("Div", node.getInput(1), deviation);
        long[] perChannel = new long[Math.max(1, sweep.shape(node.getInput(0)).length - 1)];
        Arrays.fill(perChannel, 1);
        perChannel[0] = -1;
        String shaped = sweep.emit("Reshape", factor, sweep.integers(perChannel));
        sweep.contribute(node.getInput(0), sweep.emit("Mul", sweep.cotangent(node.getOutput(0)), shaped));
    }

    private static void contribute(String input, String cotangent, NodeProto node, Sweep sweep) {
        if (sweep.depends(input)) {
            sweep.contribute(input, sweep.unbroadcast(cotangent, input, node.getOutput(0)));
        }
    }
}
