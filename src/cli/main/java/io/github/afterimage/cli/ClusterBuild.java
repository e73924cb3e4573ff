package io.github.afterimage.cli;

import static io.github.afterimage.experiments.report.Text.count;
import static io.github.afterimage.experiments.report.Text.seconds;
import static io.github.afterimage.experiments.report.Text.value;

import io.github.afterimage.StoredIndex;
import io.github.afterimage.cli.options.BuildOptions;
import io.github.afterimage.cli.output.Version;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.model.evaluation.Stopwatch;
import io.github.afterimage.model.network.NetworkSettings;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.spark.SparkData;
import io.github.afterimage.spark.SparkIndexBuilder;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Builds an index on Apache Spark. */
record ClusterBuild(BuildOptions options) {
    void build(Report report) throws IOException {
        Stopwatch watch = Stopwatch.started();
        NetworkSettings settings = options.network().settings(options.threads());
        SparkIndexBuilder builder = new SparkIndexBuilder(
                new SparkIndexBuilder.NetworkSource(
                        options.data().model().toString(),
                        options.network().layers(),
                        settings.preprocessing().toString(),
                        settings.output().orElse(null),
                        settings.classes()),
                options.reduction().reduction().map(Reduction::toString).orElse(null),
                options.reduction().sample(),
                options.type(),
                List.of(),
                Map.of("data", options.source(), "created by", "afterimage " + Version.text()));
        SparkData images = new SparkData(
                options.data().specification(),
                options.data().flip(),
                options.perClass().count(),
                options.perClass().seed());
        long keys = builder.build(options.spark().master(), images, options.parts(), options.file());
        double seconds = watch.seconds();
        report.line(
                        "%s: %s in %s",
                        value("out", options.file().toString()),
                        count("keys", keys, "key"),
                        seconds("seconds", seconds))
                .field("data", options.data().description())
                .field("layers", options.network().layers())
                .field("bytes", StoredIndex.bytes(options.file()))
                .field("keysPerSecond", Format.perSecond(keys, seconds));
    }
}
