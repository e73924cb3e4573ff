import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.ModelBatcher;
import io.github.afterimage.model.ModelQuery;
import io.github.afterimage.serve.grpc.proto.ModelInferRequest;
import io.github.afterimage.serving.BatchOptions;
import com.google.protobuf.ByteString;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * What {@code tools/load.sh} compares servers with: {@code bodies FOLDER} writes a request of one picture for HTTP and for gRPC, and
 * {@code library SECONDS CALLERS...} answers the same request in this process, and prints the answers per second, and the
 * median and the 99th percentile of their times in milliseconds.
 */
class Load {
    private static final int VALUES = 3 * 32 * 32;

    public static void main(String[] arguments) throws Exception {
        if (arguments.length < 2) {
            System.err.println("usage: java -cp JAR tools/Load.java bodies FOLDER, or library SECONDS CALLERS...");
            System.exit(2);
        }
        float[] picture = new float[VALUES];
        Random random = new Random(1);
        for (int i = 0; i < VALUES; i++) {
            picture[i] = random.nextFloat();
        }
        if (arguments[0].equals("bodies")) {
            write(Path.of(arguments[1]), picture);
            return;
        }
        try (CacheModel model = CacheModel.open(
                        Path.of("models/cifar10_resnet.onnx"), Path.of("models/cifar10.safetensors"));
                ModelBatcher batcher = new ModelBatcher(model, new BatchOptions())) {
            measure(batcher, picture, 2, 1); // until the kernels are compiled
            for (int i = 2; i < arguments.length; i++) {
                int callers = Integer.parseInt(arguments[i]);
                int seconds = Integer.parseInt(arguments[1]);
                double[] millis = measure(batcher, picture, seconds, callers);
                System.out.printf(
                        "%-12s%-12s%4d%10.0f%10.2f%10.2f%n",
                        "library",
                        "",
                        callers,
                        millis.length / (double) seconds,
                        quantile(millis, 0.5),
                        quantile(millis, 0.99));
            }
        }
    }

    private static void write(Path folder, float[] picture) throws Exception {
        ByteBuffer values = ByteBuffer.allocate(VALUES * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        values.asFloatBuffer().put(picture);
        byte[] json = ("{\"inputs\":[{\"name\":\"input\",\"datatype\":\"FP32\",\"shape\":[1,3,32,32],\"parameters\":{\"binary_data_size\":"
                        + values.capacity() + "}}],\"outputs\":[{\"name\":\"probabilities\"}],\"parameters\":{\"binary_data_output\":true}}")
                .getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream http = new ByteArrayOutputStream();
        http.writeBytes(json);
        http.writeBytes(values.array());
        Files.write(folder.resolve("http"), http.toByteArray());
        Files.writeString(folder.resolve("length"), Integer.toString(json.length));
        ModelInferRequest.Builder request = ModelInferRequest.newBuilder()
                .setModelName("cifar10")
                .addRawInputContents(ByteString.copyFrom(values.array()));
        request.addInputsBuilder().setName("input").setDatatype("FP32").addShape(1).addShape(3).addShape(32).addShape(32);
        request.addOutputsBuilder().setName("probabilities");
        byte[] message = request.build().toByteArray();
        ByteBuffer grpc = ByteBuffer.allocate(5 + message.length);
        grpc.put((byte) 0).putInt(message.length).put(message); // not compressed, then its length
        Files.write(folder.resolve("grpc"), grpc.array());
    }

    /** Returns the times of answers, in milliseconds, ascending. */
    private static double[] measure(ModelBatcher batcher, float[] picture, int seconds, int callers) {
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        List<CompletableFuture<List<Double>>> times = Stream.generate(
                        () -> CompletableFuture.supplyAsync(() -> ask(batcher, picture, end), task -> new Thread(task).start()))
                .limit(callers)
                .toList();
        return times.stream()
                .flatMap(each -> each.join().stream())
                .mapToDouble(each -> each)
                .sorted()
                .toArray();
    }

    private static List<Double> ask(ModelBatcher batcher, float[] picture, long end) {
        List<Double> millis = new ArrayList<>();
        for (long begin = System.nanoTime(); begin < end; begin = System.nanoTime()) {
            batcher.submit(ModelQuery.ofInputs(picture)).join();
            millis.add((System.nanoTime() - begin) / 1e6);
        }
        return millis;
    }

    private static double quantile(double[] ascending, double part) {
        return ascending[(int) (part * ascending.length)];
    }
}
