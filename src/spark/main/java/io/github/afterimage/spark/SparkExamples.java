package io.github.afterimage.spark;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Progress;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.KeySource;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.platform.Threads;
import io.github.afterimage.spark.SparkImages.NumberedImage;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;

/**
 * Images that executors ran through a network, as queries of an index: the network's probabilities, and features encoded by
 * the index. They are on the executors' disks, in the order of ids. The driver prefetches them block by block.
 */
public final class SparkExamples implements Examples, AutoCloseable {
    /** Partitions for each task that runs at once if the number of images is unknown: tasks then end at about the same time. */
    private static final int WAVES = 4;

    private final JavaRDD<FeatureBlock> blocks;
    private final Format format;
    private final long[] ids;
    private final int[] labels;

    private SparkExamples(JavaRDD<FeatureBlock> blocks, Format format) {
        this.blocks = blocks;
        this.format = format;
        List<FeatureBlock> known = blocks.map(block -> block.withOutput(new float[0], new float[0]))
                .collect();
        ids = known.stream().flatMapToLong(block -> Arrays.stream(block.ids())).toArray();
        labels = known.stream()
                .flatMapToInt(block -> Arrays.stream(block.labels()))
                .toArray();
    }

    /**
     * Runs images through the network.
     *
     * @param images as {@link SparkImages} describes them
     * @param model the network that the index was built with; every executor reaches it by this path
     * @throws IllegalArgumentException if the index was built with another network
     */
    public static SparkExamples of(Dataset<Row> images, Path model, SparkIndex index) {
        return of(SparkImages.ordered(images, partitions(0, tasks(index))), model, index);
    }

    /** Runs images by their specification through the network. */
    static SparkExamples of(SparkData data, Path model, SparkIndex index) throws IOException {
        return of(
                SparkImages.ordered(
                        index.spark(),
                        data,
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

    /** {@return the number of partitions that keeps all tasks busy; each is one block} */
    private static int partitions(int size, int tasks) {
        int waves = (size + tasks * Evaluation.BATCH - 1) / (tasks * Evaluation.BATCH);
        return tasks * (size == 0 ? WAVES : waves);
    }

    private static SparkExamples of(JavaRDD<NumberedImage> images, Path model, SparkIndex index) {
        SparkIndex.Source source = index.source();
        String path = model.toAbsolutePath().toString();
        JavaRDD<FeatureBlock> blocks = images.mapPartitions(
                        some -> new FeatureBlock.Blocks(some, source.network(path), Evaluation.BATCH))
                .map(block -> {
                    float[] encoded = source.withoutKeys().encode(FloatBuffer.wrap(block.features()));
                    return block.withOutput(encoded, block.probabilities());
                })
                .persist(StorageLevel.DISK_ONLY());
        CacheIndex withoutKeys = index.withoutKeys();
        boolean alone = KeySource.isMemoryAlone(withoutKeys); // the network has other classes than the index
        int views = alone ? 0 : CacheModel.settings(withoutKeys).views();
        return new SparkExamples(blocks, new Format(index.dim(), index.classes(), withoutKeys.classNames(), views));
    }

    /** {@return the id of an example} */
    public long id(int example) {
        return ids[example];
    }

    @Override
    public int size() {
        return ids.length;
    }

    @Override
    public Format format() {
        return format;
    }

    @Override
    public int label(int example) {
        return labels[example];
    }

    /** {@return an empty name: names stay on the executors} */
    @Override
    public String name(int example) {
        return "";
    }

    @Override
    public Examples select(int[] rows) {
        Map<Long, Integer> places = new HashMap<>();
        for (int place = 0; place < rows.length; place++) {
            places.put(ids[rows[place]], place);
        }
        JavaRDD<FeatureBlock> chosen = blocks.flatMap(block -> IntStream.range(0, block.size())
                        .filter(row -> places.containsKey(block.ids()[row]))
                        .mapToObj(row -> block.rows(row, row + 1))
                        .iterator())
                .sortBy(block -> places.get(block.ids()[0]), true, Math.max(1, blocks.getNumPartitions()));
        return new SparkExamples(chosen, format);
    }

    @Override
    public void forEachBatch(int maxBatch, Progress progress, Consumer consumer) throws IOException {
        int first = 0;
        try (Prefetch<FeatureBlock> fetched = new Prefetch<>(blocks.toLocalIterator())) {
            while (fetched.hasNext()) {
                FeatureBlock block = fetched.next();
                for (int from = 0; from < block.size(); from += maxBatch) {
                    FeatureBlock batch = block.rows(from, Math.min(block.size(), from + maxBatch));
                    consumer.accept(new Batch(
                            first,
                            FloatBuffer.wrap(batch.features()),
                            hasProbabilities() ? batch.probabilities() : null,
                            views(),
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

    /** Fetches the next element while the caller uses the current one. For one thread. */
    private static final class Prefetch<T> implements Iterator<T>, AutoCloseable {
        private final Iterator<T> source;
        private final ExecutorService thread = Executors.newSingleThreadExecutor(Threads.daemons("afterimage-spark"));
        private Future<Optional<T>> fetched;

        Prefetch(Iterator<T> source) {
            this.source = source;
            fetch();
        }

        private void fetch() {
            fetched = thread.submit(() -> source.hasNext() ? Optional.of(source.next()) : Optional.empty());
        }

        @Override
        public boolean hasNext() {
            return SparkIndex.get(fetched).isPresent();
        }

        @Override
        public T next() {
            T next = SparkIndex.get(fetched).orElseThrow();
            fetch();
            return next;
        }

        @Override
        public void close() {
            thread.shutdownNow();
        }
    }
}
