package io.github.afterimage.model.network.gradient;

import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The rules, by operator. */
final class Rules {
    private static final Map<String, Rule> TABLE = new TreeMap<>();

    static {
        TABLE.put("Add", ElementwiseRules::add);
        TABLE.put("AveragePool", PoolingRules::averagePool);
        TABLE.put("BatchNormalization", ElementwiseRules::batchNormalization);
        TABLE.put("Clip", ElementwiseRules::clip);
        TABLE.put("Concat", ShapeRules::concat);
        TABLE.put("Conv", ConvolutionRules::convolution);
        TABLE.put("ConvTranspose", ConvolutionRules::transposedConvolution);
        TABLE.put("Div", ElementwiseRules::divide);
        TABLE.put("Dropout", ShapeRules::dropout);
        TABLE.put("Exp", ElementwiseRules::exponential);
        TABLE.put("Flatten", ShapeRules::reshape);
        TABLE.put("Gemm", ProductRules::gemm);
        TABLE.put("GlobalAveragePool", PoolingRules::globalAveragePool);
        TABLE.put("Identity", ShapeRules::identity);
        TABLE.put("LeakyRelu", ElementwiseRules::leakyRelu);
        TABLE.put("LogSoftmax", ElementwiseRules::logSoftmax);
        TABLE.put("MatMul", ProductRules::matMul);
        TABLE.put("MaxPool", PoolingRules::maxPool);
        TABLE.put("Mul", ElementwiseRules::multiply);
        TABLE.put("Neg", ElementwiseRules::negate);
        TABLE.put("Pad", ShapeRules::pad);
        TABLE.put("ReduceMean", ShapeRules::reduceMean);
        TABLE.put("ReduceSum", ShapeRules::reduceSum);
        TABLE.put("Relu", ElementwiseRules::relu);
        TABLE.put("Reshape", ShapeRules::reshape);
        TABLE.put("Sigmoid", ElementwiseRules::sigmoid);
        TABLE.put("Slice", ShapeRules::slice);
        TABLE.put("Softmax", ElementwiseRules::softmax);
        TABLE.put("Squeeze", ShapeRules::reshape);
        TABLE.put("Sub", ElementwiseRules::subtract);
        TABLE.put("Sum", ElementwiseRules::add);
        TABLE.put("Tanh", ElementwiseRules::tanh);
        TABLE.put("Transpose", ShapeRules::transpose);
        TABLE.put("Unsqueeze", ShapeRules::reshape);
    }

    private Rules() {}

    /** {@return the rule for a node; null if there is none} */
    static @Nullable Rule of(NodeProto node) {
        boolean standard = node.getDomain().isEmpty() || node.getDomain().equals("ai.onnx");
        return standard ? TABLE.get(node.getOpType()) : null;
    }

    static String names() {
        return String.join(", ", TABLE.keySet());
    }
}
