package io.github.afterimage.cli.options;

import io.github.afterimage.experiments.KeyOverlap;
import io.github.afterimage.experiments.options.DataOptions;
import io.github.afterimage.experiments.options.IndexOptions;
import io.github.afterimage.experiments.report.IndexText;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.spark.ShareOptions;
import io.github.afterimage.spark.SparkData;
import io.github.afterimage.spark.SparkEvaluation;
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
    public SparkEvaluation open(DataOptions data, IndexOptions index) throws IOException {
        data.requireForSpark();
        ShareOptions options = new ShareOptions(index.engineName(), index.verify(), index.residentBytes());
        return SparkEvaluation.open(
                master(), index.file(), options, data.model(), new SparkData(data.specification(), data.flip()));
    }

    /** Looks for examples that are keys of an index on Spark. */
    public static KeyOverlap overlap(SparkEvaluation pass) {
        return new KeyOverlap(
                pass.withoutKeys(),
                pass.index().size(),
                (queries, k) -> pass.index().nearest(FloatBuffer.wrap(queries), k),
                pass.examples());
    }

    /** Describes an index that is open on Spark. */
    public static Text describe(SparkEvaluation pass, IndexOptions index) {
        return Text.of(
                "%s in %s on Spark; engine %s%s",
                IndexText.keys(pass.withoutKeys(), pass.index().size()),
                Text.count("parts", pass.index().parts(), "part"),
                Text.value("engine", index.engineName()),
                Text.hidden("index", index.file().toString()));
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
