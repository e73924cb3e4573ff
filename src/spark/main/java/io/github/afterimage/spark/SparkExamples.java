package io.github.afterimage.spark;

import io.github.afterimage.model.KeySource;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.Progress;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;

/**
 * Images that executors ran through a network, as queries of an index: what the network says, and features as the index
 * compares them. They are on the executors' disks, in the order of ids, and come to the driver a block at a time, ahead
 * of use.
 */
public final class SparkExamples implements Examples, AutoCloseable {
    /** Partitions for each task that runs at once, where images are not counted: all end at about the same time. */
    private static final int WAVES = 4;

    private final JavaRDD<Block> blocks;
    private final int dim;
    private final int classes;
    private final List<String> classNames;
    private final boolean cacheOnly; // the network's classes are others
    private final long[] ids;
    private final int[] labels;

    private SparkExamples(JavaRDD<Block> blocks, int dim, int classes, List<String> classNames, boolean cacheOnly) {
        this.blocks = blocks;
        this.dim = dim;
        this.classes = classes;
        this.classNames = classNames;
        this.cacheOnly = cacheOnly;
        List<Block> known =
                blocks.map(block -> block.with(new float[0], new float[0])).collect();
        ids = known.stream().flatMapToLong(block -> Arrays.stream(block.ids())).toArray();
        labels = known.stream()
                .flatMapToInt(block -> Arrays.stream(block.labels()))
                .toArray();
    }

    /**
     * Runs images through the network.
     *
     * @param images as {@link SparkImages} describes them
     * @param model the network that the index was made with, which every executor reaches by this path
     * @throws IllegalArgumentException if it is another one
     */
    public static SparkExamples of(Dataset<Row> images, Path model, SparkIndex index) {
        return of(SparkImages.ordered(images, partitions(0, tasks(index))), model, index);
    }

    /** The same for images by their specification, see {@link SparkImages#open}. */
    static SparkExamples of(String specification, boolean flip, Path model, SparkIndex index) throws IOException {
        return of(
                SparkImages.ordered(
                        index.spark(),
                        specification,
                        flip,
                        PerClass.ALL,
                        List.copyOf(index.withoutKeys().classNames()),
                        index.classes(),
                        index.source().token(),
                        size -> partitions(size, tasks(index))),
                model,
                index);
    }

    private static int tasks(SparkIndex index) {
        return JavaSparkContext.fromSparkContext(index.spark().sparkContext()).defaultParallelism();
    }

    /** As many as keep all tasks busy until the end, each a block. */
    private static int partitions(int size, int tasks) {
        int waves = (size + tasks * Evaluation.BATCH - 1) / (tasks * Evaluation.BATCH);
        return tasks * (size == 0 ? WAVES : waves);
    }

    private static SparkExamples of(JavaRDD<NumberedImage> images, Path model, SparkIndex index) {
        IndexSource source = index.source();
        String path = model.toAbsolutePath().toString();
        JavaRDD<Block> blocks = images.mapPartitions(
                        some -> new NetworkRuns(some, source.network(path), Evaluation.BATCH))
                .map(block -> {
                    float[] compared = source.withoutKeys().encode(FloatBuffer.wrap(block.features()));
                    return block.with(compared, block.probabilities());
                })
                .persist(StorageLevel.DISK_ONLY());
        return new SparkExamples(
                blocks,
                index.dim(),
                index.classes(),
                index.withoutKeys().classNames(),
                KeySource.isCacheOnly(index.withoutKeys()));
    }

    /** The id of an example. */
    public long id(int example) {
        return ids[example];
    }

    @Override
    public int size() {
        return ids.length;
    }

    @Override
    public int dim() {
        return dim;
    }

    @Override
    public int classes() {
        return classes;
    }

    @Override
    public List<String> classNames() {
        return classNames;
    }

    @Override
    public int label(int example) {
        return labels[example];
    }

    /** Empty: names stay on the executors. */
    @Override
    public String name(int example) {
        return "";
    }

    @Override
    public boolean hasProbabilities() {
        return !cacheOnly;
    }

    @Override
    public Examples select(int[] rows) {
        Map<Long, Integer> places = new HashMap<>();
        for (int place = 0; place < rows.length; place++) {
            places.put(ids[rows[place]], place);
        }
        JavaRDD<Block> chosen = blocks.flatMap(block -> IntStream.range(0, block.size())
                        .filter(row -> places.containsKey(block.ids()[row]))
                        .mapToObj(row -> block.rows(row, row + 1))
                        .iterator())
                .sortBy(block -> places.get(block.ids()[0]), true, Math.max(1, blocks.getNumPartitions()));
        return new SparkExamples(chosen, dim, classes, classNames, cacheOnly);
    }

    @Override
    public void forEachBatch(int largestBatch, Progress progress, Consumer consumer) throws IOException {
        int first = 0;
        try (Prefetch<Block> fetched = new Prefetch<>(blocks.toLocalIterator())) {
            while (fetched.hasNext()) {
                Block block = fetched.next();
                for (int from = 0; from < block.size(); from += largestBatch) {
                    Block batch = block.rows(from, Math.min(block.size(), from + largestBatch));
                    consumer.accept(new Batch(
                            first,
                            FloatBuffer.wrap(batch.features()),
                            cacheOnly ? null : batch.probabilities(),
                            batch.labels()));
                    first += batch.size();
                    progress.report(first, size());
                }
            }
        }
    }

    @Override
    public void close() {
        blocks.unpersist(true);
    }
}
