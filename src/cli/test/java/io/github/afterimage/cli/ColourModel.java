package io.github.afterimage.cli;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.github.afterimage.model.data.Image;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A classifier of (batch, 3, 2, 2) images: {@code flat} (12), {@code hidden} = Relu(flat) (12), {@code logits} (3), each of
 * which is a gain times the sum of one channel.
 */
final class ColourModel {
    private ColourModel() {}

    static Path write(Path file) throws IOException {
        return write(file, 1);
    }

    static Path write(Path file, float gain) throws IOException {
        return write(file, gain, 3);
    }

    /** With more classes, each asks the channel that is left of its number when divided by three. */
    static Path write(Path file, float gain, int classes) throws IOException {
        return write(file, gain, classes, false);
    }

    /** @param open whether the size of images is left open, though only 2 x 2 pixels work */
    static Path write(Path file, float gain, int classes, boolean open) throws IOException {
        return write(file, gain, IntStream.range(0, classes).map(i -> i % 3).toArray(), open);
    }

    /** @param channels the channel that each class asks; -1 for a class that is never seen */
    static Path write(Path file, float gain, int[] channels, boolean open) throws IOException {
        TensorProto.Builder weights = TensorProto.newBuilder()
                .setName("weights")
                .addDims(12)
                .addDims(channels.length)
                .setDataType(TensorProto.DataType.FLOAT_VALUE);
        for (int i = 0; i < 12 * channels.length; i++) {
            weights.addFloatData(i / channels.length / 4 == channels[i % channels.length] ? gain : 0);
        }
        GraphProto.Builder graph = GraphProto.newBuilder()
                .setName("colours")
                .addInput(image(open))
                .addInitializer(weights)
                .addNode(node("Flatten", "flat", "image"))
                .addNode(node("Relu", "hidden", "flat"))
                .addNode(node("MatMul", "logits", "hidden", "weights"))
                .addOutput(ValueInfoProto.newBuilder().setName("logits"));
        ModelProto model = ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .setGraph(graph)
                .build();
        return Files.write(file, model.toByteArray());
    }

    /** Writes a picture of 2 x 2 pixels that have all of these colours: 0 is red, 1 green, 2 blue. */
    static Path picture(Path file, int... colours) throws IOException {
        byte[] values = new byte[12];
        for (int colour : colours) {
            Arrays.fill(values, 4 * colour, 4 * colour + 4, (byte) 255);
        }
        Files.createDirectories(file.getParent());
        return Files.write(file, Image.ofBytes(2, 2, values).encoded());
    }

    private static ValueInfoProto image(boolean open) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        shape.addDimBuilder().setDimParam("batch");
        shape.addDimBuilder().setDimValue(3);
        for (String side : List.of("height", "width")) {
            if (open) {
                shape.addDimBuilder().setDimParam(side);
            } else {
                shape.addDimBuilder().setDimValue(2);
            }
        }
        ValueInfoProto.Builder image = ValueInfoProto.newBuilder().setName("image");
        image.getTypeBuilder()
                .getTensorTypeBuilder()
                .setElemType(TensorProto.DataType.FLOAT_VALUE)
                .setShape(shape);
        return image.build();
    }

    private static NodeProto node(String operator, String output, String... inputs) {
        return NodeProto.newBuilder()
                .setOpType(operator)
                .addAllInput(List.of(inputs))
                .addOutput(output)
                .build();
    }
}
