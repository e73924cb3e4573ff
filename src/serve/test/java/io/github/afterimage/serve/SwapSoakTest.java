package io.github.afterimage.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.MemoryUse;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.Oracle;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.Mixture;
import io.github.afterimage.serve.models.ModelSource;
import io.github.afterimage.serve.models.ServedIndex;
import io.github.afterimage.serving.BatchOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A served index under load whose file is replaced again and again, by one with other keys and another θ. Every answer is that of
 * a single model that was there while the request ran, computed in double precision. {@code tools/soak.sh} runs it for longer.
 */
@Tag("long")
class SwapSoakTest {
    private static final long SECONDS = Math.max(2, Long.getLong("afterimage.soakSeconds", 4) / 2);
    private static final int CLIENTS = 4;
    private static final int DIM = 8;
    private static final int CLASSES = 3;
    private static final int KEYS = 30;
    /** Tells each swap. */
    private static final Logger LOG = Logger.getLogger("io.github.afterimage.serve");

    @TempDir
    private Path folder;

    private final long seed = Long.getLong("afterimage.soakSeed", System.nanoTime());
    private final long bytesBefore = MemoryUse.bytes();
    private final AtomicLong answers = new AtomicLong();
    /** The last model that the server has certainly, and the last that it may have. */
    private volatile int present;

    private volatile int coming;
    private volatile boolean ended;

    private float[] rows(int model) {
        Random random = new Random(seed + model);
        float[] rows = new float[KEYS * DIM];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = (float) random.nextGaussian();
        }
        return rows;
    }

    private static int[] labels() {
        return IntStream.range(0, KEYS).map(key -> key % CLASSES).toArray();
    }

    private static Mixture rule(int model) {
        return new Mixture(2 + model % 17, 1);
    }

    /** Moves the file of a model to its place, as a deployment does. */
    private Path put(int model) throws IOException {
        Path next = folder.resolve("next.safetensors");
        try (CacheIndex index = new CacheIndexBuilder(DIM, CLASSES).threads(1).build()) {
            index.add(rows(model), labels());
            index.files()
                    .saveWhole(
                            next, Calibration.of(rule(model), Calibration.ALONE).attributes(Map.of()));
        }
        return Files.move(next, folder.resolve("birds.safetensors"), StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void everyAnswerIsThatOfOneModelWhichWasThereWhileTheRequestRan() throws Exception {
        LOG.setLevel(Level.WARNING);
        OpenOptions options = new OpenOptions().threads(1);
        ModelSource<CacheIndex> source = new ModelSource<>(
                List.of(put(0)), false, log -> CacheIndex.open(folder.resolve("birds.safetensors"), options));
        ServedIndex served = ServedIndex.open("birds", source, new BatchOptions().maxDelay(Duration.ofMillis(1)));
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try (TestServer server = new TestServer(served)) {
            List<Future<?>> running = new ArrayList<>();
            for (int client = 0; client < CLIENTS; client++) {
                Random random = new Random(seed - client);
                running.add(clients.submit(() -> {
                    while (!ended) {
                        ask(server, random);
                    }
                    return null;
                }));
            }
            long end = System.nanoTime() + SECONDS * 1_000_000_000L;
            while (System.nanoTime() < end && running.stream().noneMatch(Future::isDone)) {
                coming++;
                put(coming);
                served.refresh(); // twice, because a file is opened only if it rests
                served.refresh();
                assertThat(served.staleness()).isEmpty();
                present = coming;
            }
            ended = true;
            for (Future<?> client : running) {
                client.get();
            }
        } finally {
            ended = true;
            clients.shutdownNow();
            LOG.setLevel(null);
        }
        System.out.println(
                answers + " answers of a server beside " + present + " swaps in " + SECONDS + " s, seed " + seed);
        assertThat(MemoryUse.bytes()).isEqualTo(bytesBefore);
    }

    private void ask(TestServer server, Random random) throws Exception {
        int batch = 1 + random.nextInt(3);
        float[] queries = new float[batch * DIM];
        for (int i = 0; i < queries.length; i++) {
            queries[i] = (float) random.nextGaussian();
        }
        int first = present;
        Map<String, Object> answer = server.json(
                "POST",
                "/v2/models/birds/infer",
                "{'inputs': [{'name': 'features', 'datatype': 'FP32', 'shape': [" + batch + ", " + DIM + "], 'data': "
                        + Arrays.toString(queries) + "}], 'outputs': [{'name': 'memory'}]}");
        List<?> given = (List<?>) ((Map<?, ?>) ((List<?>) answer.get("outputs")).get(0)).get("data");
        int last = coming;
        boolean one = IntStream.rangeClosed(first, last).anyMatch(model -> isOf(model, queries, given));
        assertThat(one)
                .as(
                        "answer %s to %s by one of the models %d to %d, seed %d",
                        given, Arrays.toString(queries), first, last, seed)
                .isTrue();
        answers.incrementAndGet();
    }

    private boolean isOf(int model, float[] queries, List<?> given) {
        Oracle oracle = new Oracle(rows(model), labels(), DIM, CLASSES);
        double[][] units = Oracle.unit(queries, DIM);
        for (int query = 0; query < units.length; query++) {
            double[] expected = oracle.probabilities(units[query], rule(model).theta());
            for (int c = 0; c < CLASSES; c++) {
                double found = ((Number) given.get(query * CLASSES + c)).doubleValue();
                if (Math.abs(found - expected[c]) > 1e-5) {
                    return false;
                }
            }
        }
        return true;
    }
}
