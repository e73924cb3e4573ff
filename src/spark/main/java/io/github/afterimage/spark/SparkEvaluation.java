package io.github.afterimage.spark;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.platform.Resources;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/**
 * A session of Spark with an index and examples to query it with, for {@code --spark}. No type of Spark appears in its
 * methods, and programs without Spark can refer to it.
 */
public final class SparkEvaluation implements AutoCloseable {
    private final SparkSession spark;
    private final boolean own;
    private final SparkIndex index;
    private final SparkExamples examples;

    private SparkEvaluation(SparkSession spark, boolean own, SparkIndex index, SparkExamples examples) {
        this.spark = spark;
        this.own = own;
        this.index = index;
        this.examples = examples;
    }

    /** Returns whether a session would be a new one. A session that the program had before is left to it. */
    static boolean startsSession() {
        return SparkSession.getDefaultSession().isEmpty();
    }

    /** Starts a session, or takes that of the program; an empty {@code master} uses the master of {@code spark-submit}. */
    static SparkSession session(String master) {
        // A block of queries then arrives with its task's result: fetching it separately takes twice as long.
        SparkConf conf = new SparkConf().setIfMissing("spark.task.maxDirectResultSize", "64m");
        SparkSession.Builder builder =
                SparkSession.builder().appName("afterimage").config(conf);
        if (!master.isEmpty()) {
            builder.master(master).config("spark.ui.enabled", false).config("spark.sql.shuffle.partitions", 8);
        }
        return builder.getOrCreate();
    }

    /**
     * Opens an index on the executors and runs images through its network.
     *
     * @param master the master of Spark, such as {@code local[2]}; empty for the master of {@code spark-submit}
     * @param model the network, which every executor reaches by this path
     */
    public static SparkEvaluation open(String master, Path index, ShareOptions options, Path model, SparkData data)
            throws IOException {
        boolean own = startsSession();
        SparkSession spark = session(master);
        try (Resources made = new Resources()) {
            if (own) {
                made.add(spark);
            }
            SparkIndex opened = made.add(SparkIndex.open(spark, index, options));
            SparkEvaluation evaluation = new SparkEvaluation(spark, own, opened, SparkExamples.of(data, model, opened));
            made.release();
            return evaluation;
        }
    }

    /** {@return the index} */
    public SparkIndex index() {
        return index;
    }

    /** {@return the index without its keys} */
    public CacheIndex withoutKeys() {
        return index.withoutKeys();
    }

    /** {@return the examples} */
    public SparkExamples examples() {
        return examples;
    }

    @Override
    public void close() {
        examples.close();
        index.close();
        if (own) {
            spark.stop();
        }
    }
}
