package io.github.afterimage.cli.options;

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
