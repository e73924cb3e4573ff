package io.github.afterimage.bench;

import com.google.protobuf.ByteString;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.answer.Query;
import io.github.afterimage.serve.InferenceServer;
import io.github.afterimage.serve.ServerOptions;
import io.github.afterimage.serve.grpc.proto.GRPCInferenceServiceGrpc;
import io.github.afterimage.serve.grpc.proto.ModelInferRequest;
import io.github.afterimage.serve.models.Models;
import io.github.afterimage.serve.models.ServedIndex;
import io.github.afterimage.serving.BatchOptions;
import io.github.afterimage.serving.Batcher;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.io.IOException;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.IntFunction;

/**
 * How much longer does an answer take over HTTP and gRPC? Prints times and rates beside those of the library, which are measured
 * in turns with them.
 * {@code java -cp target/benchmarks.jar io.github.afterimage.bench.ServerOverhead KEYS DIM [SECONDS]}
 */
public final class ServerOverhead implements AutoCloseable {
    private static final String MODEL = "bench";
    private static final String SMALL_MODEL = "small";
    private static final int SMALL_KEYS = 500;
    private static final int CLASSES = 100;
    private static final int BATCH = 64;
    private static final int CONNECTIONS = 64;
    private static final int ROUNDS = 3;
    private static final double WARMUP_SECONDS = 3;
    /** The share of a processor below which the compilers are taken to be done. */
    private static final double COMPILED = 0.02;

    private static final int MAX_WARMUP_CHUNKS = 40;

    private final int dim;
    private final double seconds;
    private final FloatBuffer rows;
    private final CacheIndex index;
    private final BatchOptions options = new BatchOptions().maxBatch(BATCH);
    private final InferenceServer server;
    private final List<HttpConnection> connections = new ArrayList<>();
    private final List<ManagedChannel> channels = new ArrayList<>();

    private ServerOverhead(int keys, int dim, double seconds) throws IOException {
        this.dim = dim;
        this.seconds = seconds;
        SyntheticKeys synthetic = new SyntheticKeys(dim, CLASSES);
        rows = synthetic.queries(BATCH);
        index = synthetic.index(keys, builder -> builder);
        CacheIndex small = synthetic.index(SMALL_KEYS, builder -> builder);
        server = new InferenceServer(
                new Models(
                        List.of(new ServedIndex(MODEL, index, options), new ServedIndex(SMALL_MODEL, small, options))),
                new ServerOptions().port(0).grpcPort(0).idle(Duration.ofHours(1)));
        for (int i = 0; i < CONNECTIONS; i++) {
            connections.add(new HttpConnection(server.port()));
            channels.add(ManagedChannelBuilder.forAddress(
                            "127.0.0.1", server.grpcPort().getAsInt())
                    .usePlaintext()
                    .directExecutor()
                    .build());
        }
    }

    /** @param args as above */
    public static void main(String[] args) throws Exception {
        try (ServerOverhead overhead = new ServerOverhead(
                Integer.parseInt(args[0]),
                Integer.parseInt(args[1]),
                args.length > 2 ? Double.parseDouble(args[2]) : 30)) {
            print("%s", overhead.index);
            overhead.warmUp();
            overhead.latency(1);
            overhead.latency(BATCH);
            overhead.openLoop(overhead.throughput() / 2);
        }
    }

    /** The ways to ask, the library first; each gives a caller of some number its requests. */
    private Map<String, IntFunction<Load.Ask>> ways(String model, int batch) {
        Map<String, IntFunction<Load.Ask>> ways = new LinkedHashMap<>();
        ways.put(
                "library",
                caller -> () -> index.answer(Query.of(rows(caller, batch)).thetas(ReferenceAnswer.THETA)));
        ways.put("HTTP", caller -> {
            byte[] request = HttpConnection.request(model, bytes(rows(caller, batch)), dim);
            return () -> connections.get(caller).send(request);
        });
        ways.put("gRPC", caller -> {
            ModelInferRequest request = request(model, rows(caller, batch));
            var stub = GRPCInferenceServiceGrpc.newBlockingStub(channels.get(caller));
            return () -> stub.modelInfer(request);
        });
        return ways;
    }

    private ModelInferRequest request(String model, FloatBuffer values) {
        ModelInferRequest.Builder request = ModelInferRequest.newBuilder().setModelName(model);
        request.addInputsBuilder()
                .setName("features")
                .setDatatype("FP32")
                .addShape(values.limit() / dim)
                .addShape(dim);
        request.addOutputsBuilder().setName("memory");
        return request.addRawInputContents(ByteString.copyFrom(bytes(values))).build();
    }

    private static byte[] bytes(FloatBuffer values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.remaining() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values.duplicate());
        return bytes.array();
    }

    /** Asks a small index, whose answers take no time, until Java has compiled the code of the server. */
    private void warmUp() throws Exception {
        CompilationMXBean compilation = ManagementFactory.getCompilationMXBean();
        for (Map.Entry<String, IntFunction<Load.Ask>> way : ways(SMALL_MODEL, 1).entrySet()) {
            double rate;
            double compiled;
            int chunks = 0;
            do {
                long before = compilation.getTotalCompilationTime();
                rate = rate(way.getValue(), CONNECTIONS, WARMUP_SECONDS);
                compiled = (compilation.getTotalCompilationTime() - before) / 1e3 / WARMUP_SECONDS;
                chunks++;
            } while (compiled > COMPILED && chunks < MAX_WARMUP_CHUNKS);
            print(
                    "%s: %.0f requests/s after %.0f s; compilers take %.2f of a processor",
                    way.getKey(), rate, chunks * WARMUP_SECONDS, compiled);
        }
    }

    /** Times of single callers, who ask the library, HTTP and gRPC in turn. */
    private void latency(int batch) throws Exception {
        Map<String, List<Long>> nanos = new LinkedHashMap<>();
        Map<String, Load.Ask> asks = new LinkedHashMap<>();
        ways(MODEL, batch).forEach((way, asked) -> asks.put(way, asked.apply(0)));
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < (WARMUP_SECONDS + seconds) * 1e9) {
            if (System.nanoTime() - begin < WARMUP_SECONDS * 1e9) {
                nanos.clear();
            }
            for (Map.Entry<String, Load.Ask> way : asks.entrySet()) {
                long start = System.nanoTime();
                way.getValue().run();
                nanos.computeIfAbsent(way.getKey(), none -> new ArrayList<>()).add(System.nanoTime() - start);
            }
        }
        List<Long> library = nanos.remove("library");
        double millis = median(library.stream().mapToDouble(each -> each / 1e6).toArray());
        print("batch %d: library %.2f ms in the median of %d", batch, millis, library.size());
        nanos.forEach((way, times) -> {
            double[] differences = new double[times.size()];
            for (int i = 0; i < differences.length; i++) {
                differences[i] = (times.get(i) - library.get(i)) / 1e6;
            }
            double more = median(differences);
            String expected = batch == 1 ? "0.3 ms" : "5 %";
            print("  %s: %.3f ms more (%.1f %%); expected %s", way, more, 100 * more / millis, expected);
        });
    }

    /** @return queries per second of the index alone */
    private double throughput() throws Exception {
        double[] bare = new double[ROUNDS];
        double[] http = new double[ROUNDS];
        double[] grpc = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            bare[round] = BATCH * rate(ways(MODEL, BATCH).get("library"), 1, seconds / ROUNDS);
            http[round] = rate(ways(MODEL, 1).get("HTTP"), CONNECTIONS, seconds / ROUNDS) / bare[round];
            grpc[round] = rate(ways(MODEL, 1).get("gRPC"), CONNECTIONS, seconds / ROUNDS) / bare[round];
        }
        print("the index alone, batches of %d: %.0f queries/s", BATCH, median(bare));
        print(
                "%d connections of one query, of that rate: HTTP %.2f, gRPC %.2f; expected 0.75",
                CONNECTIONS, median(http), median(grpc));
        return median(bare);
    }

    private static double rate(IntFunction<Load.Ask> way, int callers, double duration) throws Exception {
        return new Load().closed(callers, duration, way).perSecond();
    }

    private static double median(double[] values) {
        return Arrays.stream(values).sorted().toArray()[values.length / 2];
    }

    /** Single queries at half of the rate of the index alone, whether or not earlier ones are answered. */
    private void openLoop(double perSecond) {
        print("single queries at random times, %.0f/s:", perSecond);
        CacheIndex same = new SyntheticKeys(dim, CLASSES).index((int) index.size(), builder -> builder);
        try (Batcher batcher = new Batcher(same, options)) {
            openLoop(
                    "library",
                    perSecond,
                    number -> batcher.submit(Query.of(rows(number % BATCH, 1)).thetas(ReferenceAnswer.THETA)));
        }
        Map<String, IntFunction<Load.Ask>> ways = ways(MODEL, 1);
        ways.remove("library");
        ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS);
        ways.forEach((way, asked) -> {
            BlockingQueue<Load.Ask> free = new LinkedBlockingQueue<>();
            for (int caller = 0; caller < CONNECTIONS; caller++) {
                free.add(asked.apply(caller));
            }
            openLoop(way, perSecond, number -> CompletableFuture.runAsync(() -> askWithAFreeOne(free), threads));
        });
        threads.shutdown();
    }

    private static void askWithAFreeOne(BlockingQueue<Load.Ask> free) {
        Load.Ask ask = free.remove();
        try {
            ask.run();
        } catch (Exception e) {
            throw new CompletionException(e);
        } finally {
            free.add(ask);
        }
    }

    private void openLoop(String way, double perSecond, IntFunction<CompletableFuture<?>> submit) {
        new Load().open(perSecond, WARMUP_SECONDS, submit);
        Load load = new Load().open(perSecond, seconds, submit);
        print(
                "  %s: p50 %.1f ms, p99 %.1f ms, p99.9 %.1f ms; %d answered, %d failed",
                way,
                load.milliseconds(50),
                load.milliseconds(99),
                load.milliseconds(99.9),
                load.nanos.getTotalCount(),
                load.failed.get());
    }

    private FloatBuffer rows(int first, int count) {
        return rows.slice(first * dim, count * dim);
    }

    private static void print(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }

    @Override
    public void close() throws IOException {
        for (HttpConnection connection : connections) {
            connection.close();
        }
        channels.forEach(ManagedChannel::shutdownNow);
        server.close();
    }
}
