package io.github.afterimage.cli;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A classifier of (batch, 3, 32, 32) images: {@code patches} (3, 16, 16), their means {@code logits} (3). */
final class PatchModel {
    /** Pixels of a side. */
    static final int SIDE = 32;

    private PatchModel() {}

    static Path write(Path file) throws IOException {
        GraphProto.Builder graph = GraphProto.newBuilder()
                .setName("patches")
                .addInput(image())
                .addNode(node("AveragePool", "image", "patches")
                        .addAttribute(pair("kernel_shape"))
                        .addAttribute(pair("strides")))
                .addNode(node("GlobalAveragePool", "patches", "means"))
                .addNode(node("Flatten", "means", "logits"))
                .addOutput(ValueInfoProto.newBuilder().setName("logits"));
        ModelProto model = ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .setGraph(graph)
                .build();
        return Files.write(file, model.toByteArray());
    }

    private static ValueInfoProto image() {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        shape.addDimBuilder().setDimParam("batch");
        for (int side : new int[] {3, SIDE, SIDE}) {
            shape.addDimBuilder().setDimValue(side);
        }
        ValueInfoProto.Builder image = ValueInfoProto.newBuilder().setName("image");
        image.getTypeBuilder()
                .getTensorTypeBuilder()
                .setElemType(TensorProto.DataType.FLOAT_VALUE)
                .setShape(shape);
        return image.build();
    }

    private static NodeProto.Builder node(String operator, String input, String output) {
        return NodeProto.newBuilder().setOpType(operator).addInput(input).addOutput(output);
    }

    private static AttributeProto pair(String name) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INTS)
                .addAllInts(List.of(2L, 2L))
                .build();
    }
}
