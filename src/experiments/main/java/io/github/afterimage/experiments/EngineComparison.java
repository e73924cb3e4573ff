package io.github.afterimage.experiments;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Engine;
import io.github.afterimage.Engines;
import io.github.afterimage.Query;
import io.github.afterimage.model.evaluation.Stopwatch;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Runs the same queries on every engine of this machine: compares the answers, then measures the time. */
public final class EngineComparison {
    /** The minimum duration of a measurement; a short call is repeated. */
    public static final double MIN_SECONDS = 0.5;

    private EngineComparison() {}

    /**
     * Compares the engines, fastest first as {@link Engines#all} orders them.
     *
     * @param queries {@code (batch, dim)} float32 row-major
     */
    public static List<EngineTiming> compare(CacheIndex index, FloatBuffer queries, double theta) {
        Engine reference = Engines.named("reference");
        Stopwatch watch = new Stopwatch();
        watch.start();
        Answer expected = index.withEngine(reference).answer(Query.of(queries).thetas(theta));
        watch.stop();
        List<EngineTiming> rows = new ArrayList<>();
        for (Engines.Choice choice : Engines.all()) {
            if (choice.engine() == null) {
                rows.add(new EngineTiming(choice.name(), "", choice.problem(), 0, 0, 0));
            } else if (choice.name().equals(reference.name())) { // slow: one call suffices
                rows.add(new EngineTiming(
                        reference.name(), reference.description(), null, 0, expected.batch(), watch.seconds()));
            } else {
                rows.add(row(index, choice.engine(), queries, theta, expected));
            }
        }
        return rows;
    }

    private static EngineTiming row(
            CacheIndex index, Engine engine, FloatBuffer queries, double theta, Answer expected) {
        CacheIndex view = index.withEngine(engine);
        Answer found = view.answer(Query.of(queries).thetas(theta));
        double largest = 0;
        int agreeing = 0;
        for (int query = 0; query < found.batch(); query++) {
            agreeing += found.row(query).best() == expected.row(query).best() ? 1 : 0;
            for (int label = 0; label < found.width(); label++) {
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
    public static double medianSeconds(CacheIndex index, FloatBuffer queries, double theta, double minSeconds) {
        double[] times = new double[0];
        double total = 0;
        while (total < minSeconds) {
            Stopwatch watch = Stopwatch.started();
            index.answer(Query.of(queries).thetas(theta));
            times = Arrays.copyOf(times, times.length + 1);
            times[times.length - 1] = watch.seconds();
            total += times[times.length - 1];
        }
        Arrays.sort(times);
        return times[times.length / 2];
    }
}
