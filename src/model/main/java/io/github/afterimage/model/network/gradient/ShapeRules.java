package io.github.afterimage.model.network.gradient;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Rules for operators that move values, and for sums and means over axes. */
final class ShapeRules {
    private ShapeRules() {}

    static void identity(NodeProto node, Sweep sweep) {
        sweep.contribute(node.getInput(0), sweep.cotangent(node.getOutput(0)));
    }

    static void dropout(NodeProto node, Sweep sweep) {
        if (node.getInputCount() > 2 && !node.getInput(2).isEmpty() && !isFalse(sweep.constant(node.getInput(2)))) {
            throw new IllegalArgumentException("it may be in training mode");
        }
        identity(node, sweep);
    }

    private static boolean isFalse(@Nullable TensorProto flag) {
        return flag != null
                && flag.getInt32DataList().stream().allMatch(value -> value == 0)
                && flag.getRawData().toStringUtf8().chars().allMatch(value -> value == 0);
    }

    static void reshape(NodeProto node, Sweep sweep) {
        String x = node.getInput(0);
        sweep.contribute(x, sweep.reshapedLike(sweep.cotangent(node.getOutput(0)), x));
    }

    static void transpose(NodeProto node, Sweep sweep) {
        int rank = sweep.shape(node.getInput(0)).length;
        long[] permutation = Attributes.integers(node, "perm");
        long[] inverse = new long[rank];
        for (int i = 0; i < rank; i++) {
            inverse[permutation == null ? rank - 1 - i : (int) permutation[i]] = i;
        }
        sweep.contribute(
                node.getInput(0),
                sweep.emit("Transpose", List.of(sweep.cotangent(node.getOutput(0))), Attributes.of("perm", inverse)));
    }

    static void concat(NodeProto node, Sweep sweep) {
        int rank = sweep.shape(node.getOutput(0)).length;
        long axis = Math.floorMod(Attributes.integer(node, "axis", 0), (long) rank);
        if (axis == 0) {
            throw new IllegalArgumentException("it joins images of a batch");
        }
        long start = 0;
        for (String input : node.getInputList()) {
            long end = start + sweep.shape(input)[(int) axis];
            if (sweep.depends(input)) {
                sweep.contribute(
                        input,
                        sweep.emit(
                                "Slice",
                                sweep.cotangent(node.getOutput(0)),
                                sweep.integers(start),
                                sweep.integers(end),
                                sweep.integers(axis)));
            }
            start = end;
        }
    }

    /** Pads by the negative amounts, which cuts the padding off. */
    static void pad(NodeProto node, Sweep sweep) {
        String mode = Attributes.text(node, "mode", "constant");
        if (!mode.equals("constant")) {
            throw new IllegalArgumentException("its mode is " + mode + ": expected constant");
        }
        List<String> inputs =
                new ArrayList<>(List.of(sweep.cotangent(node.getOutput(0)), sweep.emit("Neg", node.getInput(1))));
        if (node.getInputCount() > 3) {
            inputs.add("");
            inputs.add(node.getInput(3));
        }
        sweep.contribute(node.getInput(0), sweep.emit("Pad", inputs));
    }

    /** Slices the positions of the values, and scatters the cotangents to these positions. */
    static void slice(NodeProto node, Sweep sweep) {
        String x = node.getInput(0);
        String count = sweep.emit("Size", x);
        String places = sweep.emit("Range", sweep.integers(new long[] {0}), count, sweep.integers(new long[] {1}));
        List<String> sliced = new ArrayList<>(node.getInputList());
        sliced.set(0, sweep.reshapedLike(places, x));
        String all = sweep.integers(-1);
        String target = sweep.emit("Reshape", sweep.emit("Slice", sliced), all);
        String zeros = sweep.emit("Expand", sweep.scalar(0), sweep.emit("Reshape", count, all));
        String values = sweep.emit("Reshape", sweep.cotangent(node.getOutput(0)), all);
        sweep.contribute(x, sweep.reshapedLike(sweep.emit("ScatterElements", zeros, target, values), x));
    }

    static void reduceSum(NodeProto node, Sweep sweep) {
        sweep.contribute(node.getInput(0), spread(sweep.cotangent(node.getOutput(0)), node, sweep));
    }

    static void reduceMean(NodeProto node, Sweep sweep) {
        String all = count(node.getInput(0), sweep);
        String share = sweep.emit("Div", count(node.getOutput(0), sweep), all);
        String shares = sweep.emit("Mul", sweep.cotangent(node.getOutput(0)), share);
        sweep.contribute(node.getInput(0), spread(shares, node, sweep));
    }

    private static String count(String tensor, Sweep sweep) {
        return sweep.emit("Cast", List.of(sweep.emit("Size", tensor)), Attributes.of("to", 1));
    }

    /** {@return a reduced tensor, repeated along the axes that were reduced} */
    private static String spread(String reduced, NodeProto node, Sweep sweep) {
        String x = node.getInput(0);
        if (Attributes.integer(node, "keepdims", 1) == 0) {
            AttributeProto[] kept = Stream.concat(
                            node.getAttributeList().stream()
                                    .filter(attribute -> !attribute.getName().equals("keepdims")),
                            Stream.of(Attributes.of("keepdims", 1)))
                    .toArray(AttributeProto[]::new);
            reduced = sweep.reshapedLike(reduced, sweep.emit(node.getOpType(), node.getInputList(), kept));
        }
        return sweep.emit("Expand", reduced, sweep.shapeOf(x));
    }
}
