package io.github.afterimage.cli.options;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.experiments.NetworkCheck;
import io.github.afterimage.experiments.command.Failure;
import io.github.afterimage.experiments.command.Stages;
import io.github.afterimage.experiments.options.DataCheck;
import io.github.afterimage.experiments.options.DataOptions;
import io.github.afterimage.experiments.options.IndexOptions;
import io.github.afterimage.experiments.options.OpenedExamples;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.evaluation.CompatibleIndex;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.PassTime;
import io.github.afterimage.model.evaluation.QueryTarget;
import io.github.afterimage.model.evaluation.Stopwatch;
import io.github.afterimage.platform.Resources;
import java.io.IOException;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * An index and the labelled examples that measure it, open in this process or on Spark. Closing it closes them.
 *
 * @param index without its keys on Spark
 * @param target answers the examples
 * @param described the index and its engine, for people
 * @param openSeconds the time to open the index; on Spark, the executors run the network meanwhile
 * @param opened the examples of this process; null on Spark
 */
public record MeasuredIndex(
        DataOptions data,
        CacheIndex index,
        QueryTarget target,
        Text described,
        double openSeconds,
        @Nullable OpenedExamples opened,
        DataCheck dataCheck,
        NetworkCheck networkCheck,
        AutoCloseable owner)
        implements AutoCloseable {
    /**
     * Opens an index and examples in this process.
     *
     * @param views of an image that the network sees, by the index
     */
    public static MeasuredIndex open(DataOptions data, IndexOptions options, ToIntFunction<CacheIndex> views)
            throws IOException {
        Resources owner = new Resources();
        return Resources.guarded(owner, () -> {
            Stopwatch watch = Stopwatch.started();
            CacheIndex index = owner.add(options.open());
            double openSeconds = watch.seconds();
            OpenedExamples examples = owner.add(data.openFor(index, options.threads(), views.applyAsInt(index)));
            DataCheck check = DataCheck.of(data.description(), index, examples.examples());
            QueryTarget target = Failure.naming(
                    data.description(), () -> QueryTarget.of(CompatibleIndex.of(index, examples.examples())));
            return new MeasuredIndex(
                    data,
                    index,
                    target,
                    options.describe(index),
                    openSeconds,
                    examples,
                    check,
                    new NetworkCheck(check.examples()),
                    owner);
        });
    }

    /** The examples; the first pass over them is watched. */
    public Examples examples() {
        return networkCheck.examples();
    }

    /** Reports what the pass over the examples showed of them, and the time of each stage. */
    public void report(Report report, PassTime time) throws IOException {
        networkCheck.report(report);
        dataCheck.warn(report);
        if (opened != null) {
            opened.reportMemoryAlone(report);
        }
        long count = networkCheck.examples().size();
        double all = time.networkSeconds() + time.memorySeconds();
        Stages stages = new Stages();
        if (opened == null) {
            stages.add("open, network", "openSeconds", openSeconds, count, "images")
                    .add("memory", "seconds", all, count, "queries")
                    .field("memorySeconds", time.memorySeconds());
        } else {
            here(stages, count, time, all);
        }
        report.table(stages.table());
    }

    private void here(Stages stages, long count, PassTime time, double all) {
        long keyBytes = index.size() * index.format().keyBytes();
        String units = data.unit() + "s";
        stages.add("open index", "openSeconds", openSeconds, Format.byteRate(keyBytes, openSeconds));
        if (data.areFeatures()) {
            stages.add("read", "networkSeconds", time.networkSeconds(), count, units);
        } else {
            stages.add("network", "networkSeconds", time.networkSeconds(), count, units, "networkImagesPerSecond");
        }
        stages.add("memory", "memorySeconds", time.memorySeconds(), count, "queries", "memoryQueriesPerSecond")
                .add("pass", "seconds", all, count, units, "queriesPerSecond")
                .field("repeatedQueries", index.statistics().repeatedQueries())
                .memory();
    }

    @Override
    public void close() throws IOException {
        Resources.closeAll(owner);
    }
}
