package io.github.afterimage.cli.options;

import io.github.afterimage.experiments.KeyOverlap;
import io.github.afterimage.experiments.LabelCheck;
import io.github.afterimage.experiments.NetworkCheck;
import io.github.afterimage.experiments.options.DataCheck;
import io.github.afterimage.experiments.options.DataOptions;
import io.github.afterimage.experiments.options.IndexOptions;
import io.github.afterimage.experiments.report.IndexText;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.evaluation.Stopwatch;
import io.github.afterimage.platform.Resources;
import io.github.afterimage.spark.ShareOptions;
import io.github.afterimage.spark.SparkData;
import io.github.afterimage.spark.SparkEvaluation;
import io.github.afterimage.spark.SparkIndex;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Runs a command on Apache Spark, whose jars must be on the class path. */
public final class SparkOption {
    private static final String SESSION = "org.apache.spark.sql.SparkSession";

    @Option(
            names = "--spark",
            order = 85,
            arity = "0..1",
            fallbackValue = "",
            paramLabel = "MASTER",
            description = "Run on Apache Spark, whose jars must be on the class path: on a master such as local[2] or"
                    + " spark://HOST:7077, or under spark-submit, which chooses it.")
    private @Nullable String master;

    public boolean given() {
        return master != null;
    }

    /** Opens the index and the data on Spark. */
    public MeasuredIndex open(DataOptions data, IndexOptions index) throws IOException {
        data.requireForSpark();
        ShareOptions options = new ShareOptions(index.engineName(), index.verify());
        SparkData images = new SparkData(data.specification(), data.flip());
        Stopwatch watch = Stopwatch.started();
        SparkEvaluation pass = SparkEvaluation.open(master(), index.file(), options, data.model(), images);
        return Resources.guarded(pass, () -> {
            SparkIndex keys = pass.index();
            DataCheck check = new DataCheck(
                    data.description(),
                    LabelCheck.of(pass.withoutKeys(), pass.examples()),
                    new KeyOverlap(
                            pass.withoutKeys().withoutReduction(), // the executors have reduced the examples
                            keys.size(),
                            (queries, k) -> keys.nearest(FloatBuffer.wrap(queries), k),
                            pass.examples()));
            Text described = Text.of(
                    "%s in %s on Spark; engine %s%s",
                    IndexText.keys(pass.withoutKeys(), keys.size()),
                    Text.count("parts", keys.parts(), "part"),
                    Text.value("engine", index.engineName()),
                    Text.hidden("index", index.file().toString()));
            return new MeasuredIndex(
                    data,
                    pass.withoutKeys(),
                    keys,
                    described,
                    watch.seconds(),
                    null,
                    check,
                    new NetworkCheck(check.examples()),
                    pass);
        });
    }

    /** The master; empty for that of spark-submit. */
    public String master() {
        try {
            Class.forName(SESSION);
        } catch (ClassNotFoundException e) {
            throw new IllegalArgumentException(
                    "--spark needs Apache Spark 4.1: start with spark-submit, or with java -cp"
                            + " afterimage.jar:SPARK/jars/* io.github.afterimage.cli.Afterimage");
        }
        return Objects.requireNonNull(master);
    }
}
