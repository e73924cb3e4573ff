package io.github.afterimage.spark;

import io.github.afterimage.CacheIndex;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/**
 * A session of Spark with an index and the examples to ask it: what {@code --spark} stands for. Nothing of Spark shows, so that
 * programs without it can name this.
 */
public final class SparkPass implements AutoCloseable {
    private final SparkSession spark;
    private final SparkIndex index;
    private final SparkExamples examples;

    private SparkPass(SparkSession spark, SparkIndex index, SparkExamples examples) {
        this.spark = spark;
        this.index = index;
        this.examples = examples;
    }

    /** A session; with the master that {@code spark-submit} chose where {@code master} is empty. */
    static SparkSession session(String master) {
        // So that a block of queries comes with its task's end: without, fetching one takes twice as long.
        SparkConf conf = new SparkConf().setIfMissing("spark.task.maxDirectResultSize", "64m");
        SparkSession.Builder builder =
                SparkSession.builder().appName("afterimage").config(conf);
        if (!master.isEmpty()) {
            builder.master(master).config("spark.ui.enabled", false).config("spark.sql.shuffle.partitions", 8);
        }
        return builder.getOrCreate();
    }

    /**
     * Opens the index on the executors and runs the images through the network.
     *
     * @param master of Spark, such as {@code local[2]}; empty for that of {@code spark-submit}
     * @param data as {@link SparkImages#open} reads it
     */
    public static SparkPass open(
            String master,
            Path index,
            String engine,
            boolean verify,
            long residentBytes,
            Path model,
            String data,
            boolean flip)
            throws IOException {
        SparkSession spark = session(master);
        SparkIndex opened = null;
        try {
            opened = SparkIndex.open(spark, index, engine, verify, residentBytes);
            return new SparkPass(spark, opened, SparkExamples.of(data, flip, model, opened));
        } catch (IOException | RuntimeException e) {
            if (opened != null) {
                opened.close();
            }
            spark.stop();
            throw e;
        }
    }

    /**
     * Builds an index with a session of its own.
     *
     * @param master as in {@link #open}
     * @param data as in {@link #open}
     * @param perClass how many images of each class; 0 for all
     * @param parts of the index; 0 for one for each task that runs at once
     * @return how many keys it has
     */
    public static long build(
            String master, SparkBuild build, String data, boolean flip, int perClass, long seed, int parts, Path file)
            throws IOException {
        SparkSession spark = session(master);
        try {
            int chosen = parts > 0 ? parts : spark.sparkContext().defaultParallelism();
            return build.build(spark, data, flip, new PerClass(perClass, seed), chosen, file);
        } finally {
            spark.stop();
        }
    }

    /** The keys. */
    public SparkIndex index() {
        return index;
    }

    /** The index without its keys. */
    public CacheIndex withoutKeys() {
        return index.withoutKeys();
    }

    /** The queries. */
    public SparkExamples examples() {
        return examples;
    }

    @Override
    public void close() {
        examples.close();
        index.close();
        spark.stop();
    }
}
