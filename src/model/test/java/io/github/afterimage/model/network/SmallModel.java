package io.github.afterimage.model.network;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.ImageSet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/**
 * Builds small ONNX classifiers for tests, and computes their expected answers in double precision: a 1x1 convolution to 4
 * channels ({@code conv}), rectified ({@code relu}), averaged ({@code pooled}, {@code flat}), to 5 classes ({@code logits}).
 */
final class SmallModel {
    static final int CHANNELS = 4;
    static final int CLASSES = 5;

    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("small");
    private final float[] kernel = random(CHANNELS * 3, 1); // (4, 3)
    private final float[] weights = random(CLASSES * CHANNELS, 2); // (5, 4)

    private SmallModel() {}

    /** Builds the classifier without outputs; a dimension of 0 is open. Add outputs with {@link #output}. */
    static SmallModel classifier(long batch, long height, long width) {
        SmallModel model = new SmallModel();
        model.input("image", TensorProto.DataType.FLOAT, batch, 3, height, width);
        return model.body("image");
    }

    /** Builds the classifier with an input of (batch, height, width, 3). */
    static SmallModel channelsLast(long batch, long height, long width) {
        SmallModel model = new SmallModel();
        model.input("image", TensorProto.DataType.FLOAT, batch, height, width, 3);
        model.graph.addNode(NodeProto.newBuilder()
                .setOpType("Transpose")
                .addInput("image")
                .addOutput("planar")
                .addAttribute(AttributeProto.newBuilder()
                        .setName("perm")
                        .setType(AttributeProto.AttributeType.INTS)
                        .addAllInts(List.of(0L, 3L, 1L, 2L))));
        return model.body("planar");
    }

    static SmallModel empty() {
        return new SmallModel();
    }

    private SmallModel body(String image) {
        initializer("kernel", kernel, CHANNELS, 3, 1, 1);
        initializer("weights", weights, CLASSES, CHANNELS);
        node("Conv", List.of(image, "kernel"), "conv");
        node("Relu", List.of("conv"), "relu");
        node("GlobalAveragePool", List.of("relu"), "pooled");
        node("Flatten", List.of("pooled"), "flat");
        graph.addNode(NodeProto.newBuilder()
                .setOpType("Gemm")
                .addInput("flat")
                .addInput("weights")
                .addOutput("logits")
                .addAttribute(AttributeProto.newBuilder()
                        .setName("transB")
                        .setType(AttributeProto.AttributeType.INT)
                        .setI(1)));
        return this;
    }

    SmallModel input(String name, TensorProto.DataType type, long... dimensions) {
        graph.addInput(value(name, type, dimensions));
        return this;
    }

    SmallModel node(String operator, List<String> inputs, String output) {
        return node(operator, inputs, output, List.of());
    }

    SmallModel node(String operator, List<String> inputs, String output, List<AttributeProto> attributes) {
        graph.addNode(NodeProto.newBuilder()
                .setOpType(operator)
                .addAllInput(inputs)
                .addOutput(output)
                .addAllAttribute(attributes));
        return this;
    }

    SmallModel node(NodeProto node) {
        graph.addNode(node);
        return this;
    }

    SmallModel scalar(String name, long value) {
        graph.addInitializer(
                tensor(name).setDataType(TensorProto.DataType.INT64_VALUE).addInt64Data(value));
        return this;
    }

    SmallModel truth(String name) {
        graph.addInitializer(
                tensor(name).setDataType(TensorProto.DataType.BOOL_VALUE).addInt32Data(1));
        return this;
    }

    SmallModel initializer(String name, float[] values, long... dimensions) {
        graph.addInitializer(tensor(name, dimensions)
                .setDataType(TensorProto.DataType.FLOAT_VALUE)
                .setRawData(ByteString.copyFrom(bytes(values))));
        return this;
    }

    SmallModel shape(String name, long... values) {
        TensorProto.Builder tensor = tensor(name, values.length).setDataType(TensorProto.DataType.INT64_VALUE);
        for (long value : values) {
            tensor.addInt64Data(value);
        }
        graph.addInitializer(tensor);
        return this;
    }

    SmallModel output(String name) {
        graph.addOutput(ValueInfoProto.newBuilder().setName(name));
        return this;
    }

    /** Moves the weights of the last layer to a file of their own. */
    SmallModel externalWeights(Path folder, String location) throws IOException {
        Files.write(folder.resolve(location), bytes(weights));
        graph.setInitializer(
                1,
                tensor("weights", CLASSES, CHANNELS)
                        .setDataType(TensorProto.DataType.FLOAT_VALUE)
                        .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                        .addExternalData(StringStringEntryProto.newBuilder()
                                .setKey("location")
                                .setValue(location)));
        return this;
    }

    Path write(Path file) throws IOException {
        ModelProto model = ModelProto.newBuilder()
                .setIrVersion(8)
                .setGraph(graph)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .build();
        return Files.write(file, model.toByteArray());
    }

    static ValueInfoProto value(String name, TensorProto.DataType type, long... dimensions) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (int i = 0; i < dimensions.length; i++) {
            TensorShapeProto.Dimension.Builder dimension = TensorShapeProto.Dimension.newBuilder();
            shape.addDim(dimensions[i] == 0 ? dimension.setDimParam("open" + i) : dimension.setDimValue(dimensions[i]));
        }
        ValueInfoProto.Builder value = ValueInfoProto.newBuilder().setName(name);
        value.getTypeBuilder()
                .getTensorTypeBuilder()
                .setElemType(type.getNumber())
                .setShape(shape);
        return value.build();
    }

    private static TensorProto.Builder tensor(String name, long... dimensions) {
        TensorProto.Builder tensor = TensorProto.newBuilder().setName(name);
        for (long dimension : dimensions) {
            tensor.addDims(dimension);
        }
        return tensor;
    }

    private static byte[] bytes(float[] values) {
        ByteBuffer buffer = ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asFloatBuffer().put(values);
        return buffer.array();
    }

    static float[] random(int count, long seed) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** Images of one class, "image 0" and so on. */
    static ImageSet set(int count, ImageSet.Source images) {
        return new ImageSet("images", List.of("class 0"), new int[count], i -> "image " + i, images);
    }

    static Image image(int width, int height, long seed) {
        byte[] samples = new byte[3 * width * height];
        new Random(seed).nextBytes(samples);
        return Image.ofBytes(width, height, samples);
    }

    /** Computes {@code relu}, (4, height, width), of preprocessed values, (3, height, width). */
    double[] relu(float[] values) {
        int plane = values.length / 3;
        double[] result = new double[CHANNELS * plane];
        for (int c = 0; c < CHANNELS; c++) {
            for (int i = 0; i < plane; i++) {
                for (int k = 0; k < 3; k++) {
                    result[c * plane + i] += (double) kernel[c * 3 + k] * values[k * plane + i];
                }
                result[c * plane + i] = Math.max(0, result[c * plane + i]);
            }
        }
        return result;
    }

    /** Computes {@code flat}, (4). */
    double[] flat(float[] values) {
        double[] relu = relu(values);
        int plane = values.length / 3;
        double[] result = new double[CHANNELS];
        for (int i = 0; i < relu.length; i++) {
            result[i / plane] += relu[i] / plane;
        }
        return result;
    }

    /** Computes {@code logits}, (5). */
    double[] logits(float[] values) {
        double[] flat = flat(values);
        double[] result = new double[CLASSES];
        for (int c = 0; c < CLASSES; c++) {
            for (int i = 0; i < CHANNELS; i++) {
                result[c] += weights[c * CHANNELS + i] * flat[i];
            }
        }
        return result;
    }

    double[] probabilities(float[] values) {
        double[] result = logits(values);
        double sum = 0;
        for (int c = 0; c < CLASSES; c++) {
            result[c] = Math.exp(result[c]);
            sum += result[c];
        }
        for (int c = 0; c < CLASSES; c++) {
            result[c] /= sum;
        }
        return result;
    }
}
