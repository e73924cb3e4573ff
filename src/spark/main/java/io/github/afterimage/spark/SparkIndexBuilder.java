package io.github.afterimage.spark;

import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.IndexPartWriter;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.file.SaveLock;
import io.github.afterimage.model.KeySource;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.NetworkSettings;
import io.github.afterimage.model.network.Preprocessing;
import io.github.afterimage.reduce.ComponentLearner;
import io.github.afterimage.reduce.LearnedReducer;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.settings.ElementType;
import io.github.afterimage.spark.SparkImages.NumberedImage;
import java.io.IOException;
import java.io.Serializable;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import org.jspecify.annotations.Nullable;

/**
 * Builds an index with Spark. Executors run images through the network and write the reduced keys, one part of the index for
 * each partition. Keys are in the order of the images' ids and numbered from 0: the same images give the same keys with the
 * same ids, however they are partitioned. They have labels: images have
 * none.
 *
 * @param source the network
 * @param reduction as {@link Reduction#parse} reads it; null for none
 * @param sample maximum number of images that a learned reduction is trained on, spread evenly over all images
 * @param type the element type of keys
 * @param classNames one name for each class; ignored if their number differs from that of the classes
 * @param attributes further attributes of the index
 */
public record SparkIndexBuilder(
        NetworkSource source,
        @Nullable String reduction,
        int sample,
        ElementType type,
        List<String> classNames,
        Map<String, String> attributes)
        implements Serializable {

    private static final int BATCH = 256;

    /**
     * The network of the keys.
     *
     * @param model an ONNX file that every executor reaches by this path
     * @param layers the layers of a key, in order, each as {@code NAME} or {@code NAME*WEIGHT}
     * @param preprocessing as {@link Preprocessing#parse} reads it
     * @param output the network's output; null to find it
     * @param classes the positions of the index's classes among those of the output; empty if both have the same
     */
    public record NetworkSource(
            String model,
            List<String> layers,
            String preprocessing,
            @Nullable String output,
            List<Integer> classes) implements Serializable {
        private Network open(int threads) throws IOException {
            NetworkSettings settings = NetworkSettings.defaults()
                    .withThreads(threads)
                    .withPreprocessing(Preprocessing.parse(preprocessing))
                    .withClasses(classes);
            return Network.open(Path.of(model), layers, output == null ? settings : settings.withOutput(output));
        }

        private Network shared(String token) {
            return SharedResources.get(token + "/network", () -> open(SharedResources.threads()));
        }
    }

    /**
     * Builds the index.
     *
     * @param images as {@link SparkImages} describes them
     * @param parts maximum number of parts; the number of tasks that run at once costs the least work
     * @param file the index, in a folder that every executor reaches by this path
     * @return the number of keys
     * @throws IllegalArgumentException if there are no images, or fewer than a learned reduction has components
     */
    public long build(Dataset<Row> images, int parts, Path file) throws IOException {
        return build((token, classes) -> SparkImages.ordered(images, parts), file);
    }

    /**
     * Builds the index with the session of the program, or with one of its own.
     *
     * @param master the master of Spark, such as {@code local[2]}; empty for the master of {@code spark-submit}
     * @param parts maximum number of parts; 0 for the number of tasks that run at once
     * @param file as in {@link #build(Dataset, int, Path)}
     * @return the number of keys
     */
    public long build(String master, SparkData data, int parts, Path file) throws IOException {
        boolean own = SparkEvaluation.startsSession();
        SparkSession spark = SparkEvaluation.session(master);
        try {
            int chosen = parts > 0 ? parts : spark.sparkContext().defaultParallelism();
            List<String> names =
                    classNames.isEmpty() ? SparkImages.classNames(spark, data.specification()) : classNames;
            return new SparkIndexBuilder(source, reduction, sample, type, List.copyOf(names), attributes)
                    .build(
                            (token, classes) ->
                                    SparkImages.ordered(spark, data, classNames, classes, token, size -> chosen),
                            file);
        } finally {
            if (own) {
                spark.stop();
            }
        }
    }

    private interface ImageOpener {
        JavaRDD<NumberedImage> open(String token, int classes) throws IOException;
    }

    private long build(ImageOpener images, Path file) throws IOException {
        String token = UUID.randomUUID().toString();
        SaveLock lock = SaveLock.take(file);
        try {
            return build(images, token, file);
        } finally {
            lock.close();
            SharedResources.close(token);
        }
    }

    private long build(ImageOpener images, String token, Path file) throws IOException {
        String path = file.toAbsolutePath().toString();
        Map<String, String> all = new LinkedHashMap<>(attributes);
        int dim;
        int classes;
        try (Network network = source.open(1)) {
            all.putAll(KeySource.of(network, false).toAttributes());
            dim = network.dim();
            classes = network.classes();
        }
        JavaRDD<NumberedImage> ordered = images.open(token, classes);
        List<Long> counts =
                ordered.mapPartitions(some -> List.of(count(some)).iterator()).collect();
        long[] firstIds = new long[counts.size() + 1];
        for (int part = 0; part < counts.size(); part++) {
            firstIds[part + 1] = firstIds[part] + counts.get(part);
        }
        if (firstIds[counts.size()] == 0) {
            throw new IllegalArgumentException("no images: expected at least one to build an index of");
        }
        Broadcast<SerializedComponents> components = components(ordered, firstIds, token, dim);
        int firstNumber = IndexPartWriter.firstNumber(file);
        List<String> lines = new ArrayList<>(ordered.mapPartitionsWithIndex(
                        (part, some) -> {
                            if (!some.hasNext()) {
                                return List.<String>of().iterator();
                            }
                            int attempt = TaskContext.get().attemptNumber();
                            int number = firstNumber + part + attempt * counts.size();
                            try (IndexPartWriter writer =
                                    builder(dim, classes, all, components).buildPart(firstIds[part])) {
                                new FeatureBlock.Blocks(some, source.shared(token), BATCH)
                                        .forEachRemaining(
                                                block -> writer.add(KeyBatch.of(block.features(), block.labels())
                                                        .names(List.of(block.names()))));
                                return List.of(writer.write(Path.of(path), number))
                                        .iterator();
                            }
                        },
                        false)
                .collect());
        builder(dim, classes, all, components).completeParts(file, lines, firstNumber);
        return firstIds[counts.size()];
    }

    private static long count(Iterator<NumberedImage> images) {
        long count = 0;
        for (; images.hasNext(); images.next()) {
            count++;
        }
        return count;
    }

    /** Trains the components for all parts; null if the text of the reduction suffices. */
    private @Nullable Broadcast<SerializedComponents> components(
            JavaRDD<NumberedImage> images, long[] firstIds, String token, int dim) {
        Reduction chosen = reduction == null ? null : Reduction.parse(reduction);
        if (chosen == null || !chosen.learned()) {
            return null;
        }
        SerializedComponents trained =
                SerializedComponents.train(chosen, images, firstIds, sample, () -> source.shared(token), dim);
        return JavaSparkContext.fromSparkContext(images.context()).broadcast(trained);
    }

    private CacheIndexBuilder builder(
            int dim, int classes, Map<String, String> all, @Nullable Broadcast<SerializedComponents> components) {
        CacheIndexBuilder builder = new CacheIndexBuilder(dim, classes)
                .type(type)
                .threads(SharedResources.threads())
                .attributes(all);
        if (classNames.size() == classes) {
            builder.classNames(classNames);
        }
        if (components != null) {
            return builder.reduce(components.value().reducer());
        }
        return reduction == null ? builder : builder.reduce(Reduction.parse(reduction));
    }

    /**
     * A learned reduction in the form that the driver sends to the executors.
     *
     * @param reduction the text of the reduction
     * @param projection {@link LearnedReducer#projection}
     * @param whitening {@link LearnedReducer#whitening}
     * @param offset {@link LearnedReducer#offset}
     */
    private record SerializedComponents(
            String reduction, int dim, float[] projection, float[] whitening, float[] offset, double energy)
            implements Serializable {
        /** Opens the network of a task. */
        interface NetworkOpener extends Serializable {
            Network open() throws IOException;
        }

        /**
         * Trains a reduction on the rows of {@link ComponentLearner#sampleRows}. Executors run the sample through the network; the
         * driver holds {@code (sample, dim)} float32 during the call.
         *
         * @param firstRows the number of the first image of each partition, and at the end the number of all images
         * @throws IllegalArgumentException if there are fewer images than components
         */
        static SerializedComponents train(
                Reduction reduction,
                JavaRDD<NumberedImage> images,
                long[] firstRows,
                int sample,
                NetworkOpener network,
                int dim) {
            int[] rows = ComponentLearner.sampleRows(reduction, firstRows[firstRows.length - 1], sample);
            JavaRDD<FeatureBlock> blocks = images.mapPartitionsWithIndex(
                            (part, some) -> {
                                Iterator<NumberedImage> chosen = chosen(some, firstRows[part], rows);
                                return chosen.hasNext()
                                        ? new FeatureBlock.Blocks(chosen, network.open(), BATCH)
                                        : List.<FeatureBlock>of().iterator();
                            },
                            false)
                    .persist(StorageLevel.DISK_ONLY());
            try (ComponentLearner learner = LearnedReducer.learner(reduction, dim, rows.length)) {
                blocks.count(); // computes all partitions at once; the driver then fetches them one by one
                blocks.toLocalIterator()
                        .forEachRemaining(block -> learner.add(FloatBuffer.wrap(block.features()), block.labels()));
                try (LearnedReducer learned = learner.learn(Runtime.getRuntime().availableProcessors())) {
                    return new SerializedComponents(
                            reduction.toString(),
                            dim,
                            learned.projection(),
                            learned.whitening(),
                            learned.offset(),
                            learned.energy());
                }
            } finally {
                blocks.unpersist();
            }
        }

        private static Iterator<NumberedImage> chosen(Iterator<NumberedImage> images, long first, int[] rows) {
            List<NumberedImage> chosen = new ArrayList<>();
            for (long row = first; images.hasNext(); row++) {
                NumberedImage image = images.next();
                if (Arrays.binarySearch(rows, (int) row) >= 0) {
                    chosen.add(image);
                }
            }
            return chosen.iterator();
        }

        /** {@return the reducer; the index that receives it closes it} */
        LearnedReducer reducer() {
            return LearnedReducer.of(Reduction.parse(reduction), dim, projection, whitening, offset, energy);
        }
    }
}
