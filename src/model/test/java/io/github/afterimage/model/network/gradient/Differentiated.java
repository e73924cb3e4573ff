package io.github.afterimage.model.network.gradient;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/** A small graph of {@code x}, built for a test, and its gradient, computed by ONNX Runtime. */
final class Differentiated {
    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("test");
    private final Random random;
    private final int[] imageShape; // without the batch
    private int opset = 17;

    /** @param imageShape of x, without the batch */
    private Differentiated(long seed, int... imageShape) {
        random = new Random(seed);
        this.imageShape = imageShape;
        TensorShapeProto.Builder dimensions = TensorShapeProto.newBuilder()
                .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("N"));
        for (int length : imageShape) {
            dimensions.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(length));
        }
        ValueInfoProto.Builder x = ValueInfoProto.newBuilder().setName("x");
        x.getTypeBuilder().getTensorTypeBuilder().setElemType(1).setShape(dimensions);
        graph.addInput(x);
    }

    /**
     * Reads a graph: the shape of x, then constants and nodes, separated by {@code " | "}, such as
     * {@code 3,5,6 | weight w 4,3,1,1 | Conv x,w y strides=[2,2] group=1}.
     */
    static Differentiated parse(long seed, String text) {
        String[] parts = text.split(" +\\| ");
        Differentiated graph = new Differentiated(seed, shape(parts[0]));
        for (String part : List.of(parts).subList(1, parts.length)) {
            String[] words = part.split(" ");
            switch (words[0]) {
                case "opset" -> graph.opset = Integer.parseInt(words[1]);
                case "weight" -> graph.weight(words[1], shape(words[2]));
                case "positive" -> graph.positive(words[1], Integer.parseInt(words[2]));
                case "floats" -> graph.floats(words[1], new float[] {Float.parseFloat(words[2])});
                case "integers" -> graph.integers(words[1], integers(words[2]));
                default ->
                    graph.node(
                            words[0],
                            words[1],
                            words[2],
                            Arrays.stream(words, 3, words.length)
                                    .map(Differentiated::attribute)
                                    .toArray(AttributeProto[]::new));
            }
        }
        return graph;
    }

    private static AttributeProto attribute(String text) {
        String[] nameAndValue = text.split("=");
        String name = nameAndValue[0];
        String value = nameAndValue[1];
        if (value.startsWith("[")) {
            return Attributes.of(name, integers(value.substring(1, value.length() - 1)));
        }
        if (value.matches("-?\\d+")) {
            return Attributes.of(name, Long.parseLong(value));
        }
        return value.matches("[\\d.]+") ? Attributes.of(name, Float.parseFloat(value)) : Attributes.of(name, value);
    }

    private static int[] shape(String text) {
        return Arrays.stream(text.split(",")).mapToInt(Integer::parseInt).toArray();
    }

    private static long[] integers(String text) {
        return Arrays.stream(text.split(",")).mapToLong(Long::parseLong).toArray();
    }

    private void node(String operator, String inputs, String output, AttributeProto... attributes) {
        graph.addNode(NodeProto.newBuilder()
                .setOpType(operator)
                .addAllInput(Arrays.asList(inputs.split(",", -1)))
                .addOutput(output)
                .addAllAttribute(List.of(attributes)));
    }

    /** A random weight, each value at least 0.3 from 0. */
    private void weight(String name, int... shape) {
        float[] values = new float[Tensor.size(shape)];
        for (int i = 0; i < values.length; i++) {
            float value = (float) random.nextGaussian();
            values[i] = value + Math.signum(value) * 0.3f;
        }
        floats(name, values, shape);
    }

    private void positive(String name, int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = 0.5f + random.nextFloat();
        }
        floats(name, values, length);
    }

    private void floats(String name, float[] values, int... shape) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        constant(name, TensorProto.DataType.FLOAT, bytes, shape);
    }

    private void integers(String name, long... values) {
        ByteBuffer bytes = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(values);
        constant(name, TensorProto.DataType.INT64, bytes, values.length);
    }

    private void constant(String name, TensorProto.DataType type, ByteBuffer bytes, int... shape) {
        graph.addInitializer(TensorProto.newBuilder()
                .setName(name)
                .setDataType(type.getNumber())
                .setRawData(ByteString.copyFrom(bytes))
                .addAllDims(
                        Arrays.stream(shape).mapToObj(length -> (long) length).toList()));
    }

    Tensor image(int batch) {
        int[] shape =
                IntStream.concat(IntStream.of(batch), Arrays.stream(imageShape)).toArray();
        Tensor image = Tensor.zeros(shape);
        for (int i = 0; i < image.values().length; i++) {
            image.values()[i] = (float) random.nextGaussian();
        }
        return image;
    }

    GraphProto proto() {
        return graph.build();
    }

    DoubleGraph oracle() {
        return new DoubleGraph(graph.build(), opset);
    }

    Tensor cotangent(Tensor like) {
        return like.map(value -> (float) random.nextGaussian());
    }

    /** Runs ONNX Runtime; returns these tensors, and the gradient under {@link GraphGradient#OUTPUT}. */
    Map<String, float[]> run(Tensor image, Map<String, Tensor> cotangents) throws OrtException {
        Map<String, long[]> shapes = new HashMap<>();
        oracle().run("x", image(2))
                .forEach((name, tensor) -> shapes.put(
                        name,
                        Arrays.stream(tensor.shape())
                                .mapToLong(length -> length)
                                .toArray()));
        GraphProto additions = GraphGradient.of(graph.build(), opset, "x", cotangents.keySet(), shapes);
        GraphProto.Builder whole = graph.clone().mergeFrom(additions);
        cotangents
                .keySet()
                .forEach(name -> whole.addOutput(ValueInfoProto.newBuilder().setName(name)));
        byte[] model = ModelProto.newBuilder()
                .setIrVersion(8)
                .setGraph(whole)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset))
                .build()
                .toByteArray();
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
            inputs.put("x", tensor(environment, image));
            for (Map.Entry<String, Tensor> cotangent : cotangents.entrySet()) {
                inputs.put(GraphGradient.cotangent(cotangent.getKey()), tensor(environment, cotangent.getValue()));
            }
            Map<String, float[]> results = new HashMap<>();
            try (OrtSession session = environment.createSession(model, options);
                    OrtSession.Result result = session.run(inputs)) {
                result.forEach(entry -> {
                    FloatBuffer values = ((OnnxTensor) entry.getValue()).getFloatBuffer();
                    float[] copy = new float[values.remaining()];
                    values.get(copy);
                    results.put(entry.getKey(), copy);
                });
            }
            return results;
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }

    private static OnnxTensor tensor(OrtEnvironment environment, Tensor tensor) throws OrtException {
        float[] values = new float[tensor.values().length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) tensor.values()[i];
        }
        long[] shape = Arrays.stream(tensor.shape()).mapToLong(length -> length).toArray();
        return OnnxTensor.createTensor(environment, FloatBuffer.wrap(values), shape);
    }
}
