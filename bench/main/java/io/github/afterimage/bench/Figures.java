package io.github.afterimage.bench;

import java.util.Collection;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.ScalarResult;

/** Passes the figures of an {@link InterleavedBenchmark} to JMH, beside its own time. */
public final class Figures implements InternalProfiler {
    @Override
    public String getDescription() {
        return "the figures of a benchmark whose contenders take turns";
    }

    @Override
    public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
        InterleavedBenchmark.beginIteration();
    }

    @Override
    public Collection<ScalarResult> afterIteration(
            BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
        return InterleavedBenchmark.figuresOfIteration().entrySet().stream()
                .map(figure -> new ScalarResult(figure.getKey(), figure.getValue(), "", AggregationPolicy.AVG))
                .toList();
    }
}
