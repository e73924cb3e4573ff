package io.github.afterimage.bench;

import com.sun.management.OperatingSystemMXBean;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Durability;
import io.github.afterimage.OpenOptions;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Measures how much the log slows adding down. Rounds without a log and with each {@link Durability} take turns; in each, threads
 * add the same keys to an index that was empty.
 *
 * <p>{@code java -cp target/benchmarks.jar io.github.afterimage.bench.LogBenchmark FOLDER DIM [KEYS [ROUNDS [MAX_LOG_MB]]]}. The
 * properties {@code threads} (4), {@code batch} (64) and {@code rate} (batches a second, 0 for as many as possible) can be set.
 */
public final class LogBenchmark {
    private static final int CLASSES = 10;
    private static final int THREADS = Integer.getInteger("threads", 4);
    private static final int BATCH = Integer.getInteger("batch", 64);
    private static final int RATE = Integer.getInteger("rate", 0);

    private LogBenchmark() {}

    /** @param args as above */
    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]);
        int dim = Integer.parseInt(args[1]);
        long keys = args.length > 2 ? Long.parseLong(args[2]) : 200_000;
        int rounds = args.length > 3 ? Integer.parseInt(args[3]) : 9;
        long maxBytes = (args.length > 4 ? Long.parseLong(args[4]) : 64L << 10) << 20;
        Map<String, @Nullable Durability> settings = new LinkedHashMap<>();
        settings.put("no log", null);
        settings.put("forced every 5 ms", Durability.every(Duration.ofMillis(5)));
        settings.put("never forced", Durability.never());
        settings.put("every change", Durability.everyChange());
        Map<String, List<Double>> rates = new LinkedHashMap<>();
        Map<String, List<Double>> processorTimes = new LinkedHashMap<>();
        for (int round = -1; round < rounds; round++) {
            for (Map.Entry<String, @Nullable Durability> setting : settings.entrySet()) {
                Round measured = round(folder, dim, keys, setting.getValue(), maxBytes);
                if (round >= 0) {
                    rates.computeIfAbsent(setting.getKey(), none -> new ArrayList<>())
                            .add(measured.keysPerSecond);
                    processorTimes
                            .computeIfAbsent(setting.getKey(), none -> new ArrayList<>())
                            .add(measured.processorMicroseconds);
                }
            }
        }
        System.out.printf(
                Locale.ROOT,
                "%d x %d, %d threads add %d rows at a time, %d rounds; %s%n",
                keys,
                dim,
                THREADS,
                BATCH,
                rounds,
                Machine.describe());
        double[] without = sorted(rates.get("no log"));
        for (Map.Entry<String, List<Double>> setting : rates.entrySet()) {
            double[] all = sorted(setting.getValue());
            double[] ratios = new double[rounds];
            for (int i = 0; i < rounds; i++) {
                ratios[i] = setting.getValue().get(i) / rates.get("no log").get(i);
            }
            Arrays.sort(ratios);
            System.out.printf(
                    Locale.ROOT,
                    "  %-18s %,12.0f keys/s (%,.0f to %,.0f), %.3f of no log, median of the rounds %.3f; %.0f us of"
                            + " processor time for a batch%n",
                    setting.getKey(),
                    all[rounds / 2],
                    all[0],
                    all[rounds - 1],
                    all[rounds / 2] / without[rounds / 2],
                    ratios[rounds / 2],
                    sorted(processorTimes.get(setting.getKey()))[rounds / 2]);
        }
    }

    private static double[] sorted(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    }

    /** @param processorMicroseconds processor time of the whole process for each batch */
    private record Round(double keysPerSecond, double processorMicroseconds) {}

    private static Round round(Path parent, int dim, long keys, @Nullable Durability log, long maxBytes)
            throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory(parent, "log");
        Path file = folder.resolve("index.safetensors");
        try {
            try (CacheIndex empty = CacheIndex.builder(dim, CLASSES).threads(1).build()) {
                empty.save(file);
            }
            OpenOptions options = new OpenOptions().threads(1).maxLogBytes(maxBytes);
            try (CacheIndex index = CacheIndex.open(file, log == null ? options : options.log(log))) {
                return add(index, dim, keys);
            }
        } finally {
            try (Stream<Path> files = Files.list(folder)) {
                for (Path path : files.toList()) {
                    Files.delete(path);
                }
            }
            Files.delete(folder);
        }
    }

    private static Round add(CacheIndex index, int dim, long keys) throws InterruptedException {
        FloatBuffer rows = new SyntheticKeys(dim, CLASSES).queries(BATCH);
        AtomicLong batches = new AtomicLong(keys / BATCH);
        List<Thread> threads = new ArrayList<>();
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        long processorTime = system.getProcessCpuTime();
        long start = System.nanoTime();
        for (int i = 0; i < THREADS; i++) {
            Thread thread = new Thread(() -> {
                int[] labels = new int[BATCH];
                for (long left = batches.getAndDecrement(); left > 0; left = batches.getAndDecrement()) {
                    await(start, keys / BATCH - left);
                    index.add(rows.duplicate(), labels);
                }
            });
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        return new Round(index.size() / seconds, (system.getProcessCpuTime() - processorTime) / 1e3 * BATCH / keys);
    }

    private static void await(long start, long batch) {
        while (RATE > 0 && System.nanoTime() - start < batch * 1_000_000_000L / RATE) {
            LockSupport.parkNanos(50_000);
        }
    }
}
