package io.github.afterimage.model.network.gradient;

import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.List;

/** Rules for products of matrices. */
final class ProductRules {
    private ProductRules() {}

    /** Differentiates Y = alpha A' B' + beta C; A' and B' are A and B, transposed if the node says so. */
    static void gemm(NodeProto node, Sweep sweep) {
        String g = sweep.cotangent(node.getOutput(0));
        String a = node.getInput(0);
        String b = node.getInput(1);
        boolean transA = Attributes.integer(node, "transA", 0) != 0;
        boolean transB = Attributes.integer(node, "transB", 0) != 0;
        float alpha = Attributes.number(node, "alpha", 1);
        if (sweep.depends(a)) {
            sweep.contribute(
                    a,
                    transA ? product(b, transB, g, true, alpha, sweep) : product(g, false, b, !transB, alpha, sweep));
        }
        if (sweep.depends(b)) {
            sweep.contribute(
                    b,
                    transB ? product(g, true, a, transA, alpha, sweep) : product(a, !transA, g, false, alpha, sweep));
        }
        if (sweep.depends(node, 2)) {
            String scaled = sweep.emit("Mul", g, sweep.scalar(Attributes.number(node, "beta", 1)));
            String c = node.getInput(2);
            sweep.contribute(c, sweep.unbroadcast(scaled, c, node.getOutput(0)));
        }
    }

    private static String product(String a, boolean transA, String b, boolean transB, float alpha, Sweep sweep) {
        return sweep.emit(
                "Gemm",
                List.of(a, b),
                Attributes.of("transA", transA ? 1L : 0L),
                Attributes.of("transB", transB ? 1L : 0L),
                Attributes.of("alpha", alpha));
    }

    static void matMul(NodeProto node, Sweep sweep) {
        String g = sweep.cotangent(node.getOutput(0));
        String a = node.getInput(0);
        String b = node.getInput(1);
        if (sweep.shape(a).length < 2 || sweep.shape(b).length < 2) {
            throw new IllegalArgumentException("one of its operands is a vector: expected matrices");
        }
        if (sweep.depends(a)) {
            contribute(a, sweep.emit("MatMul", g, transposed(b, sweep)), node, sweep);
        }
        if (sweep.depends(b)) {
            contribute(b, sweep.emit("MatMul", transposed(a, sweep), g), node, sweep);
        }
    }

    private static String transposed(String matrices, Sweep sweep) {
        int rank = sweep.shape(matrices).length;
        long[] permutation = new long[rank];
        for (int i = 0; i < rank; i++) {
            permutation[i] = i < rank - 2 ? i : 2L * rank - 3 - i;
        }
        return sweep.emit("Transpose", List.of(matrices), Attributes.of("perm", permutation));
    }

    /** Contributes to an operand; sums over the leading axes along which its matrices were repeated. */
    private static void contribute(String operand, String cotangent, NodeProto node, Sweep sweep) {
        sweep.contribute(operand, sweep.unbroadcastMatrices(cotangent, operand, node.getOutput(0)));
    }
}
