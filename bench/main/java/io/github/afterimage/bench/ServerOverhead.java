package io.github.afterimage.bench;

import com.google.protobuf.ByteString;
import io.github.afterimage.BatchOptions;
import io.github.afterimage.Batcher;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Query;
import io.github.afterimage.serve.Address;
import io.github.afterimage.serve.InferenceServer;
import io.github.afterimage.serve.Limits;
import io.github.afterimage.serve.ServerOptions;
import io.github.afterimage.serve.grpc.proto.GRPCInferenceServiceGrpc;
import io.github.afterimage.serve.grpc.proto.ModelInferRequest;
import io.github.afterimage.serve.grpc.proto.ModelInferResponse;
import io.github.afterimage.serve.models.Models;
import io.github.afterimage.serve.models.ServedIndex;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;

/**
 * How much longer does an answer take over HTTP and gRPC? Prints times and rates beside those of the library, which are measured
 * in turns with them.
 * {@code java -cp target/benchmarks.jar io.github.afterimage.bench.ServerOverhead KEYS DIM [--seconds S]}
 */
public final class ServerOverhead implements AutoCloseable {
    private static final String MODEL = "bench";
    private static final String SMALL_MODEL = "small";
    private static final int SMALL_KEYS = 500;
    private static final int CLASSES = 100;
    private static final double THETA = 60;
    private static final int BATCH = 64;
    private static final List<String> WAYS = List.of("library", "HTTP", "gRPC");
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
    private final Batcher batcher;
    private final InferenceServer server;
    private final List<HttpConnection> connections = new ArrayList<>();
    private final List<ManagedChannel> channels = new ArrayList<>();

    /** Asks something and returns when the answer is there. */
    private interface Ask {
        void run() throws IOException;
    }

    /** Makes what the caller of a number asks with. */
    private interface Way {
        Ask of(int caller);
    }

    private ServerOverhead(int keys, int dim, double seconds) throws IOException {
        this.dim = dim;
        this.seconds = seconds;
        SyntheticKeys synthetic = new SyntheticKeys(dim, CLASSES);
        rows = synthetic.queries(BATCH);
        index = synthetic.index(keys, builder -> builder);
        BatchOptions options = new BatchOptions().maxBatch(BATCH);
        batcher = new Batcher(index, options);
        server = new InferenceServer(
                new Models(List.of(
                        new ServedIndex(MODEL, index, THETA, options),
                        new ServedIndex(SMALL_MODEL, synthetic.index(SMALL_KEYS, builder -> builder), THETA, options))),
                new ServerOptions()
                        .address(new Address().port(0).grpcPort(0))
                        .limits(new Limits().idle(Duration.ofHours(1))));
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
        double seconds = 30;
        if (args.length == 4 && args[2].equals("--seconds")) {
            seconds = Double.parseDouble(args[3]);
        } else if (args.length != 2) {
            throw new IllegalArgumentException("expected KEYS DIM [--seconds S]");
        }
        try (ServerOverhead overhead =
                new ServerOverhead(Integer.parseInt(args[0]), Integer.parseInt(args[1]), seconds)) {
            overhead.run();
        }
    }

    private void run() throws Exception {
        print("%s", index);
        warmUp();
        latency(1);
        latency(BATCH);
        double bareRate = throughput();
        openLoop(bareRate / 2);
    }

    /** Asks a small index, whose answers take no time, until Java has compiled the code of the server. */
    private void warmUp() throws Exception {
        CompilationMXBean compilation = ManagementFactory.getCompilationMXBean();
        List<Way> ways = List.of(library(1), http(SMALL_MODEL, 1), grpc(SMALL_MODEL, 1));
        for (int way = 0; way < ways.size(); way++) {
            double rate;
            double compiled;
            int chunks = 0;
            do {
                long before = compilation.getTotalCompilationTime();
                rate = rate(CONNECTIONS, ways.get(way), WARMUP_SECONDS);
                compiled = (compilation.getTotalCompilationTime() - before) / 1e3 / WARMUP_SECONDS;
                chunks++;
            } while (compiled > COMPILED && chunks < MAX_WARMUP_CHUNKS);
            if (way > 0) {
                print(
                        "%s: %.0f requests/s to an index of %d keys after %.0f s; compilers take %.2f of a processor",
                        WAYS.get(way), rate, SMALL_KEYS, chunks * WARMUP_SECONDS, compiled);
            }
        }
    }

    /** Times of single callers, who ask the library, HTTP and gRPC in turn. */
    private void latency(int batch) throws IOException {
        List<Ask> asks = List.of(
                library(batch).of(0),
                http(MODEL, batch).of(0),
                grpc(MODEL, batch).of(0));
        List<Histogram> nanos = List.of(new Histogram(3), new Histogram(3), new Histogram(3));
        List<List<Long>> differences = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < (WARMUP_SECONDS + seconds) * 1e9) {
            long[] took = new long[asks.size()];
            for (int way = 0; way < took.length; way++) {
                long start = System.nanoTime();
                asks.get(way).run();
                took[way] = System.nanoTime() - start;
            }
            if (System.nanoTime() - begin < WARMUP_SECONDS * 1e9) {
                continue;
            }
            for (int way = 0; way < took.length; way++) {
                nanos.get(way).recordValue(took[way]);
                differences.get(way).add(took[way] - took[0]);
            }
        }
        double library = nanos.get(0).getValueAtPercentile(50) / 1e6;
        print(
                "batch %d: library %.2f ms in the median of %d",
                batch, library, differences.get(0).size());
        for (int way = 1; way < WAYS.size(); way++) {
            List<Long> sorted = differences.get(way).stream().sorted().toList();
            double more = sorted.get(sorted.size() / 2) / 1e6;
            print(
                    "  %s: %.3f ms more (%.1f %%); median %.2f ms; expected %s",
                    WAYS.get(way),
                    more,
                    100 * more / library,
                    nanos.get(way).getValueAtPercentile(50) / 1e6,
                    batch == 1 ? "0.3 ms" : "5 %");
        }
    }

    private Way library(int batch) {
        return caller -> () -> index.query(rows(caller, batch), THETA);
    }

    private Way http(String model, int batch) {
        return caller -> {
            byte[] request = HttpConnection.request(model, rows(caller, batch), dim);
            return () -> connections.get(caller).send(request);
        };
    }

    private Way grpc(String model, int batch) {
        return caller -> {
            ModelInferRequest request = request(model, rows(caller, batch));
            var stub = GRPCInferenceServiceGrpc.newBlockingStub(channels.get(caller));
            return () -> stub.modelInfer(request);
        };
    }

    private ModelInferRequest request(String model, FloatBuffer values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.remaining() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        ModelInferRequest.Builder request = ModelInferRequest.newBuilder().setModelName(model);
        request.addInputsBuilder()
                .setName("features")
                .setDatatype("FP32")
                .addShape(values.limit() / dim)
                .addShape(dim);
        request.addOutputsBuilder().setName("memory");
        return request.addRawInputContents(ByteString.copyFrom(bytes)).build();
    }

    /** @return queries per second of the index alone */
    private double throughput() throws Exception {
        List<Double> bare = new ArrayList<>();
        List<Double> http = new ArrayList<>();
        List<Double> grpc = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            bare.add(BATCH * rate(1, library(BATCH)));
            http.add(rate(CONNECTIONS, http(MODEL, 1)) / bare.get(round));
            grpc.add(rate(CONNECTIONS, grpc(MODEL, 1)) / bare.get(round));
        }
        print("the index alone, batches of %d: %.0f queries/s", BATCH, median(bare));
        print(
                "%d connections of one query, of that rate: HTTP %.2f, gRPC %.2f; expected 0.75",
                CONNECTIONS, median(http), median(grpc));
        return median(bare);
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    /** Answers per second of callers that ask again when they have the answer. */
    private double rate(int callers, Way way) throws Exception {
        return rate(callers, way, seconds / ROUNDS);
    }

    private double rate(int callers, Way way, double duration) throws Exception {
        AtomicLong answers = new AtomicLong();
        ExecutorService threads = Executors.newFixedThreadPool(callers);
        long begin = System.nanoTime();
        List<Future<?>> running = new ArrayList<>();
        for (int caller = 0; caller < callers; caller++) {
            Ask ask = way.of(caller);
            running.add(threads.submit(() -> {
                while (System.nanoTime() - begin < duration * 1e9) {
                    ask.run();
                    answers.incrementAndGet();
                }
                return null;
            }));
        }
        for (Future<?> each : running) {
            each.get();
        }
        threads.shutdown();
        return answers.get() / ((System.nanoTime() - begin) / 1e9);
    }

    /** Single queries at half of the rate of the index alone, whether or not earlier ones are answered. */
    private void openLoop(double perSecond) throws Exception {
        print("single queries at random times, %.0f/s:", perSecond);
        print(
                "library",
                perSecond,
                number -> batcher.submit(Query.of(rows(number % BATCH, 1)).thetas(THETA)));
        ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS);
        BlockingQueue<Ask> free = new LinkedBlockingQueue<>();
        for (int caller = 0; caller < CONNECTIONS; caller++) {
            free.add(http(MODEL, 1).of(caller));
        }
        print("HTTP", perSecond, number -> CompletableFuture.runAsync(() -> askWithAFreeOne(free), threads));
        threads.shutdown();
        List<ModelInferRequest> requests = IntStream.range(0, BATCH)
                .mapToObj(row -> request(MODEL, rows(row, 1)))
                .toList();
        print("gRPC", perSecond, number -> call(channels.get(number % CONNECTIONS), requests.get(number % BATCH)));
    }

    private static void askWithAFreeOne(BlockingQueue<Ask> free) {
        Ask ask = free.remove();
        try {
            ask.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            free.add(ask);
        }
    }

    private static CompletableFuture<?> call(ManagedChannel channel, ModelInferRequest request) {
        CompletableFuture<ModelInferResponse> answer = new CompletableFuture<>();
        GRPCInferenceServiceGrpc.newStub(channel).modelInfer(request, new StreamObserver<>() {
            @Override
            public void onNext(ModelInferResponse response) {
                answer.complete(response);
            }

            @Override
            public void onError(Throwable failure) {
                answer.completeExceptionally(failure);
            }

            @Override
            public void onCompleted() {}
        });
        return answer;
    }

    private void print(String way, double perSecond, IntFunction<CompletableFuture<?>> submit) {
        new OpenLoop().run(submit, perSecond, WARMUP_SECONDS);
        OpenLoop loop = new OpenLoop().run(submit, perSecond, seconds);
        print(
                "  %s: p50 %.1f ms, p99 %.1f ms, p99.9 %.1f ms; %d answered, %d failed",
                way,
                loop.milliseconds(50),
                loop.milliseconds(99),
                loop.milliseconds(99.9),
                loop.nanos.getTotalCount(),
                loop.failed.get());
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
