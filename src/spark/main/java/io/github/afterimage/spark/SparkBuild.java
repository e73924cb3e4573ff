package io.github.afterimage.spark;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.ElementType;
import io.github.afterimage.IndexPartWriter;
import io.github.afterimage.model.KeySource;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.NetworkSettings;
import io.github.afterimage.model.network.Preprocessing;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.store.SaveLock;
import java.io.IOException;
import java.io.Serializable;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
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

/**
 * Builds an index with Spark: executors run images through the network and write the reduced keys, one part of the index for
 * each partition. Keys are in the order of the images' ids and numbered from 0, so an index of the same images has the same
 * keys with the same ids however these were partitioned.
 *
 * @param model an ONNX file which every executor reaches by this path
 * @param layers of a key, in order
 * @param preprocessing as {@link Preprocessing#parse} reads it
 * @param output the network's output, or null to find it
 * @param reduction as {@link Reduction#parse} reads it; null for none
 * @param sample how many images a reduction that is learned learns from, spread evenly over all of them
 * @param classNames one for each class; left out where they are more or fewer
 * @param attributes what else is saved with the index
 */
public record SparkBuild(
        String model,
        List<String> layers,
        String preprocessing,
        String output,
        String reduction,
        int sample,
        ElementType type,
        List<String> classNames,
        Map<String, String> attributes)
        implements Serializable {

    private static final int BATCH = 256;

    /**
     * Builds the index.
     *
     * @param images as {@link SparkImages} describes them
     * @param parts how many; one for each task that runs at once is least work
     * @param file the index, in a folder which every executor reaches by this path
     * @return how many keys it has
     * @throws IllegalArgumentException if there are no images, or too few to learn a reduction from
     */
    public long build(Dataset<Row> images, int parts, Path file) throws IOException {
        return build((token, classes) -> SparkImages.ordered(images, parts), file);
    }

    /** The same of images by their specification, see {@link SparkImages#open}, whose names of classes are kept. */
    long build(SparkSession spark, String specification, boolean flip, PerClass perClass, int parts, Path file)
            throws IOException {
        List<String> names = classNames.isEmpty() ? SparkImages.classNames(spark, specification) : classNames;
        SparkBuild named = new SparkBuild(
                model, layers, preprocessing, output, reduction, sample, type, List.copyOf(names), attributes);
        return named.build(
                (token, classes) -> SparkImages.ordered(
                        spark, specification, flip, perClass, classNames, classes, token, size -> parts),
                file);
    }

    private interface Images {
        JavaRDD<NumberedImage> open(String token, int classes) throws IOException;
    }

    private long build(Images images, Path file) throws IOException {
        String token = UUID.randomUUID().toString();
        SaveLock lock = SaveLock.take(file);
        try {
            return build(images, token, file);
        } finally {
            lock.close();
            OpenOnce.close(token);
        }
    }

    private long build(Images images, String token, Path file) throws IOException {
        String path = file.toAbsolutePath().toString();
        Map<String, String> all = new LinkedHashMap<>(attributes);
        int dim;
        int classes;
        try (Network network = network(1)) {
            all.putAll(new KeySource(
                            network.sha256(),
                            network.layerTerms(),
                            network.settings().preprocessing().toString(),
                            network.outputName(),
                            false)
                    .toAttributes());
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
        Broadcast<Components> components = components(ordered, firstIds, token, dim);
        int firstNumber = IndexPartWriter.firstNumber(file);
        List<String> lines = new ArrayList<>(ordered.mapPartitionsWithIndex(
                        (part, some) -> {
                            int attempt = TaskContext.get().attemptNumber();
                            int number = firstNumber + part + attempt * counts.size();
                            return some.hasNext()
                                    ? List.of(write(
                                                    token,
                                                    some,
                                                    builder(dim, classes, all, components),
                                                    path,
                                                    number,
                                                    firstIds[part]))
                                            .iterator()
                                    : List.<String>of().iterator();
                        },
                        false)
                .collect());
        IndexPartWriter.complete(builder(dim, classes, all, components), file, lines, firstNumber);
        return firstIds[counts.size()];
    }

    private static long count(Iterator<NumberedImage> images) {
        long count = 0;
        for (; images.hasNext(); images.next()) {
            count++;
        }
        return count;
    }

    private Network network(int threads) throws IOException {
        NetworkSettings settings =
                NetworkSettings.defaults().withThreads(threads).withPreprocessing(Preprocessing.parse(preprocessing));
        return Network.open(Path.of(model), layers, output == null ? settings : settings.withOutput(output));
    }

    private Network network(String token) {
        return OpenOnce.get(token + "/network", () -> network(OpenOnce.threads()));
    }

    /** What is learned once for all parts; null where the reduction is made from its text. */
    private Broadcast<Components> components(JavaRDD<NumberedImage> images, long[] firstIds, String token, int dim) {
        Reduction chosen = reduction == null ? null : Reduction.parse(reduction);
        if (chosen == null || !chosen.learned()) {
            return null;
        }
        Components learned = Components.learn(chosen, images, firstIds, sample, () -> network(token), dim);
        return JavaSparkContext.fromSparkContext(images.context()).broadcast(learned);
    }

    private CacheIndexBuilder builder(int dim, int classes, Map<String, String> all, Broadcast<Components> components) {
        CacheIndexBuilder builder = CacheIndex.builder(dim, classes)
                .type(type)
                .threads(OpenOnce.threads())
                .attributes(all);
        if (classNames.size() == classes) {
            builder.classNames(classNames);
        }
        if (components != null) {
            return builder.reduce(components.value().reducer());
        }
        return reduction == null ? builder : builder.reduce(Reduction.parse(reduction));
    }

    private String write(
            String token,
            Iterator<NumberedImage> images,
            CacheIndexBuilder builder,
            String file,
            int number,
            long firstId)
            throws IOException {
        try (IndexPartWriter part = builder.buildPart(firstId)) {
            new NetworkRuns(images, network(token), BATCH)
                    .forEachRemaining(block ->
                            part.add(FloatBuffer.wrap(block.features()), block.labels(), List.of(block.names())));
            return part.write(Path.of(file), number);
        }
    }
}
