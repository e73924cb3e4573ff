package io.github.afterimage.spark;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.experiment.Examples;
import io.github.afterimage.experiment.Progress;
import java.io.IOException;
import java.io.Serializable;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;

/**
 * Images that executors ran through a network, as queries of an index: what the network says, and features as the index
 * compares them. They are on the executors' disks, in the order of ids, and come to the driver a batch at a time.
 */
public final class SparkExamples implements Examples, AutoCloseable {
    /** Partitions for each task that runs at once: enough that all end at about the same time. */
    private static final int WAVES = 4;

    private record Example(long id, int label, float[] features, float[] probabilities) implements Serializable {}

    private final JavaRDD<Example> examples;
    private final int dim;
    private final int classes;
    private final List<String> classNames;
    private final long[] ids;
    private final int[] labels;

    private SparkExamples(JavaRDD<Example> examples, int dim, int classes, List<String> classNames) {
        this.examples = examples;
        this.dim = dim;
        this.classes = classes;
        this.classNames = classNames;
        List<long[]> known =
                examples.map(example -> new long[] {example.id, example.label}).collect();
        ids = known.stream().mapToLong(pair -> pair[0]).toArray();
        labels = known.stream().mapToInt(pair -> (int) pair[1]).toArray();
    }

    /**
     * Runs images through the network.
     *
     * @param images as {@link SparkImages} describes them
     * @param model the network that the index was made with, which every executor reaches by this path
     * @throws IllegalArgumentException if it is another one
     */
    public static SparkExamples of(Dataset<Row> images, Path model, SparkIndex index) {
        IndexSource source = index.source();
        String path = model.toAbsolutePath().toString();
        int tasks =
                JavaSparkContext.fromSparkContext(index.spark().sparkContext()).defaultParallelism();
        JavaRDD<Example> examples = SparkImages.ordered(images, WAVES * tasks)
                .javaRDD()
                .mapPartitions(rows -> NetworkRuns.of(rows, source.network(path), (batch, features, probabilities) -> {
                    CacheIndex empty = source.withoutKeys();
                    float[] compared = empty.compared(features);
                    return new Example(batch.id(), batch.label(), compared, probabilities);
                }))
                .persist(StorageLevel.DISK_ONLY());
        CacheIndex empty = index.withoutKeys();
        return new SparkExamples(examples, index.dim(), index.classes(), empty.classNames());
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

    @Override
    public boolean hasProbabilities() {
        return true;
    }

    @Override
    public Examples chosen(int[] rows) {
        Map<Long, Integer> places = new HashMap<>();
        for (int place = 0; place < rows.length; place++) {
            places.put(ids[rows[place]], place);
        }
        JavaRDD<Example> chosen = examples.filter(example -> places.containsKey(example.id))
                .sortBy(example -> places.get(example.id), true, Math.max(1, examples.getNumPartitions()));
        return new SparkExamples(chosen, dim, classes, classNames);
    }

    @Override
    public void forEachBatch(int largestBatch, Progress progress, Consumer consumer) throws IOException {
        Iterator<Example> all = examples.toLocalIterator();
        for (int first = 0; first < size(); first += largestBatch) {
            List<Example> batch = new ArrayList<>();
            while (batch.size() < largestBatch && all.hasNext()) {
                batch.add(all.next());
            }
            FloatBuffer features = FloatBuffer.allocate(batch.size() * dim);
            FloatBuffer probabilities = FloatBuffer.allocate(batch.size() * classes);
            int[] batchLabels = new int[batch.size()];
            for (int i = 0; i < batchLabels.length; i++) {
                features.put(batch.get(i).features);
                probabilities.put(batch.get(i).probabilities);
                batchLabels[i] = batch.get(i).label;
            }
            consumer.accept(new Batch(first, features.flip(), probabilities.array(), batchLabels));
            progress.report(first + batchLabels.length, size());
        }
    }

    @Override
    public void close() {
        examples.unpersist(true);
    }
}
