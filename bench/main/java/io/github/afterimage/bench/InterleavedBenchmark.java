package io.github.afterimage.bench;

import io.github.afterimage.MemoryUse;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.ScalarResult;

/**
 * A benchmark of which each invocation times all contenders one after the other. Machines drift; the two times of a ratio are
 * therefore taken seconds apart. The results are the figures, which {@link Figures} reports, and the time of an invocation means
 * nothing.
 *
 * <p>A figure {@code aOverB} is a's time as a multiple of b's; {@code aOfB} is a's rate as a share of b's.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(
        value = 3,
        jvmArgsAppend = {"-Xmx2g"})
@Warmup(iterations = 1, time = 1)
@Measurement(iterations = 3, time = 1)
public abstract class InterleavedBenchmark {
    /** The benchmark of this process, which JMH asks for figures after it has ended too. */
    private static volatile @Nullable InterleavedBenchmark running;

    private final List<Work> round = new ArrayList<>();
    private final Map<String, Double> seconds = new LinkedHashMap<>();
    private final Map<String, DoubleSupplier> figures = new LinkedHashMap<>();
    private final Deque<AutoCloseable> resources = new ArrayDeque<>();
    private int rounds;

    /** A part of a round. */
    interface Work {
        void run() throws Exception;
    }

    /** Makes keys, checks that answers are right, and names contenders and figures. */
    abstract void prepare() throws Exception;

    /** Begins an iteration. */
    void reset() {
        seconds.clear();
        rounds = 0;
    }

    /** Adds work that is timed, in the order of the calls. */
    final void contender(String name, Work work) {
        round.add(() -> {
            long start = System.nanoTime();
            work.run();
            seconds.merge(name, (System.nanoTime() - start) / 1e9, Double::sum);
        });
    }

    /** Adds work that is not timed. */
    final void untimed(Work work) {
        round.add(work);
    }

    /** Adds OpenBLAS's matrix product, and a pause: its idle threads look for work on processors that others need. */
    final void contender(Sgemm sgemm) {
        contender("sgemm", sgemm::run);
        untimed(() -> TimeUnit.MILLISECONDS.sleep(Sgemm.REST_MILLIS));
    }

    /** Keeps what the benchmark closes at its end. */
    final <T extends AutoCloseable> T kept(T resource) {
        resources.push(resource);
        return resource;
    }

    /** Adds a figure of an iteration; it is left out where it is not finite. */
    final void figure(String name, DoubleSupplier value) {
        figures.put(name, value);
    }

    final void milliseconds(String contender) {
        figure(contender + "Milliseconds", () -> mean(contender) * 1e3);
    }

    final void microseconds(String contender) {
        figure(contender + "Microseconds", () -> mean(contender) * 1e6);
    }

    /** Adds the time of a contender as a multiple of another's. */
    final void over(String contender, String baseline) {
        figure(contender + "Over" + capitalized(baseline), () -> mean(contender) / mean(baseline));
    }

    /** Adds the rate of a contender as a share of another's. */
    final void ofRate(String contender, String baseline) {
        figure(contender + "Of" + capitalized(baseline) + "Rate", () -> mean(baseline) / mean(contender));
    }

    private static String capitalized(String name) {
        return Character.toUpperCase(name.charAt(0)) + name.substring(1);
    }

    /** Returns the number of rounds of this iteration. */
    final int rounds() {
        return rounds;
    }

    /** Returns the seconds of a contender in a round of this iteration. */
    final double mean(String contender) {
        return seconds.getOrDefault(contender, Double.NaN) / rounds;
    }

    @Setup
    public final void setUp() throws Exception {
        prepare();
        running = this;
    }

    @Benchmark
    public final void round() throws Exception {
        rounds++;
        for (Work work : round) {
            work.run();
        }
    }

    @TearDown
    public final void tearDown() throws Exception {
        while (!resources.isEmpty()) {
            resources.pop().close();
        }
        if (MemoryUse.bytes() != 0) {
            throw new IllegalStateException(MemoryUse.bytes() + " bytes of native memory are left");
        }
    }

    static void beginIteration() {
        if (running != null) {
            running.reset();
        }
    }

    static Map<String, Double> figuresOfIteration() {
        Map<String, Double> values = new LinkedHashMap<>();
        if (running != null) {
            running.figures.forEach((name, value) -> values.put(name, value.getAsDouble()));
            values.values().removeIf(value -> !Double.isFinite(value));
        }
        return values;
    }

    /** Passes the figures of an {@link InterleavedBenchmark} to JMH, beside its own time. */
    public static final class Figures implements InternalProfiler {
        @Override
        public String getDescription() {
            return "the figures of a benchmark whose contenders take turns";
        }

        @Override
        public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
            beginIteration();
        }

        @Override
        public Collection<ScalarResult> afterIteration(
                BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
            return figuresOfIteration().entrySet().stream()
                    .map(figure -> new ScalarResult(figure.getKey(), figure.getValue(), "", AggregationPolicy.AVG))
                    .toList();
        }
    }
}
