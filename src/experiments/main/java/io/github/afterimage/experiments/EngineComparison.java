package io.github.afterimage.experiments;

import io.github.afterimage.CacheReader;
import io.github.afterimage.Engine;
import io.github.afterimage.Engines;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.Query;
import io.github.afterimage.model.evaluation.Stopwatch;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs the same queries on every engine of this machine: compares the answers, then measures the time. */
public final class EngineComparison {
    /** The minimum duration of a measurement; a short call is repeated. */
    public static final double MIN_SECONDS = 0.5;

    private EngineComparison() {}

    /**
     * The answers and the speed of one engine.
     *
     * @param problem the reason why it cannot be used here, in one line, or null; with a reason, the following components are 0
     * @param largestDifference the largest difference of a probability from that of the engine {@code reference}
     * @param agreeing the number of queries with the same most probable class as with {@code reference}
     * @param seconds the median duration of a call with all queries
     */
    public record EngineTiming(
            String engine,
            String description,
            @Nullable String problem,
            double largestDifference,
            int agreeing,
            double seconds) {}

    /**
     * Compares the engines, fastest first as {@link Engines#all} orders them.
     *
     * @param queries {@code (batch, dim)} float32 row-major
     */
    public static List<EngineTiming> compare(CacheReader index, FloatBuffer queries, double theta) {
        Engine reference = Engines.named("reference");
        Stopwatch watch = Stopwatch.started();
        Answer expected = index.withEngine(reference).answer(Query.of(queries).thetas(theta));
        double seconds = watch.seconds();
        List<EngineTiming> rows = new ArrayList<>();
        for (Engines.Choice choice : Engines.all()) {
            if (choice.engine() == null) {
                rows.add(new EngineTiming(choice.name(), "", choice.problem(), 0, 0, 0));
            } else if (choice.name().equals(reference.name())) { // slow: one call suffices
                rows.add(new EngineTiming(
                        reference.name(), reference.description(), null, 0, expected.batch(), seconds));
            } else {
                rows.add(row(index, choice.engine(), queries, theta, expected));
            }
        }
        return rows;
    }

    private static EngineTiming row(
            CacheReader index, Engine engine, FloatBuffer queries, double theta, Answer expected) {
        CacheReader view = index.withEngine(engine);
        Answer found = view.answer(Query.of(queries).thetas(theta));
        double largest = 0;
        int agreeing = 0;
        for (int query = 0; query < found.batch(); query++) {
            agreeing += found.row(query).best() == expected.row(query).best() ? 1 : 0;
            for (int label = 0; label < found.classes(); label++) {
                double difference = Math.abs(found.row(query).probability(label)
                        - expected.row(query).probability(label));
                largest = Double.isNaN(difference) ? Double.NaN : Math.max(largest, difference);
            }
        }
        return new EngineTiming(
                engine.name(),
                engine.description(),
                null,
                largest,
                agreeing,
                medianSeconds(view, queries, theta, MIN_SECONDS));
    }

    /** Returns the median duration of a call, over one call or so many seconds of calls. */
    public static double medianSeconds(CacheReader index, FloatBuffer queries, double theta, double minSeconds) {
        List<Double> times = new ArrayList<>();
        for (double total = 0; total < minSeconds; total += times.get(times.size() - 1)) {
            Stopwatch watch = Stopwatch.started();
            index.answer(Query.of(queries).thetas(theta));
            times.add(watch.seconds());
        }
        times.sort(null);
        return times.get(times.size() / 2);
    }
}
