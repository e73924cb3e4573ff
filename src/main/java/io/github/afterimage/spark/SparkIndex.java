package io.github.afterimage.spark;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Distributions;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Neighbors;
import io.github.afterimage.PartialDistributions;
import io.github.afterimage.experiment.Evaluation;
import io.github.afterimage.experiment.Progress;
import io.github.afterimage.store.IndexFile;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;

/**
 * An index whose parts are spread over the executors of Spark, each of which is opened once, off-heap, where Spark put it, and
 * again elsewhere if that executor is lost. Queries are of {@link #dim} values, reduced already, as {@link SparkExamples}
 * has them.
 *
 * <p>Threads: thread-safe. Lifetime: executors keep their parts until the application ends; closing lets go of those of this
 * process, which are all with a master {@code local}.
 */
public final class SparkIndex implements Evaluation.Memory, AutoCloseable {
    private static final StructType SCORES = new StructType()
            .add(SparkImages.ID, DataTypes.LongType)
            .add(SparkImages.LABEL, DataTypes.IntegerType)
            .add("p_net", DataTypes.createArrayType(DataTypes.FloatType))
            .add("p_mem", DataTypes.createArrayType(DataTypes.FloatType))
            .add("p", DataTypes.createArrayType(DataTypes.FloatType))
            .add("keys", DataTypes.createArrayType(DataTypes.LongType))
            .add("key_scores", DataTypes.createArrayType(DataTypes.FloatType));

    private final SparkSession spark;
    private final IndexSource source;
    private final JavaRDD<Integer> parts;
    private final long size;

    private SparkIndex(SparkSession spark, IndexSource source, JavaRDD<Integer> parts, long size) {
        this.spark = spark;
        this.source = source;
        this.parts = parts;
        this.size = size;
    }

    /**
     * Opens an index on the executors that Spark has now.
     *
     * @param file which every executor reaches by this path
     * @param engine what {@link io.github.afterimage.engine.Engines#named} knows: {@code auto} is the fastest of each executor
     * @param verify whether executors compare every byte with its checksum
     * @param residentBytes how much of the keys of one part may be in memory, see {@link
     *     io.github.afterimage.OpenOptions#residentBytes}; Long.MAX_VALUE for all
     * @throws IllegalArgumentException if {@code spark.executor.memoryOverhead} is too little for the keys of an executor
     * @throws IOException if it cannot be read or is damaged
     */
    public static SparkIndex open(SparkSession spark, Path file, String engine, boolean verify, long residentBytes)
            throws IOException {
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        IndexSource source = new IndexSource(
                UUID.randomUUID().toString(), file.toAbsolutePath().toString(), engine, verify, residentBytes);
        try {
            int count = Math.max(1, IndexFile.files(file).size() - 1);
            List<Integer> numbers = IntStream.range(0, count).boxed().toList();
            CacheIndex index = source.withoutKeys();
            long keyBytes = IndexFile.bytes(file);
            long rowBytes = (long) index.keyDim() * index.type().bytes() + Long.BYTES + Integer.BYTES;
            // A first job, so that the executors that Spark waits for are there to be counted.
            context.parallelize(numbers, count).count();
            int executors = Math.max(1, context.sc().statusTracker().getExecutorInfos().length - 1);
            OffHeap.check(context.getConf(), executors, count, keyBytes, keyBytes / rowBytes, residentBytes);
            // What is kept of a part is its number alone: Spark sends tasks where that is, and so to the open keys.
            JavaRDD<Integer> parts = context.parallelize(numbers, count)
                    .map(number -> {
                        source.part(number);
                        return number;
                    })
                    .persist(StorageLevel.MEMORY_ONLY());
            long size = parts.map(number -> source.part(number).size()).reduce(Long::sum);
            return new SparkIndex(spark, source, parts, size);
        } catch (IOException | RuntimeException e) {
            OpenOnce.close(source.token());
            throw e;
        }
    }

    /** How many keys there are. */
    public long size() {
        return size;
    }

    /** Of how many files keys are. */
    public int parts() {
        return parts.getNumPartitions();
    }

    /** The same index without its keys, which is closed with this. */
    public CacheIndex withoutKeys() {
        return source.withoutKeys();
    }

    @Override
    public int dim() {
        return withoutKeys().keyDim();
    }

    @Override
    public int classes() {
        return withoutKeys().classes();
    }

    IndexSource source() {
        return source;
    }

    SparkSession spark() {
        return spark;
    }

    /**
     * The distributions for several thetas: queries go to all executors, and the sums of their keys come back, merged by
     * twos on the way.
     *
     * @param queries {@code (batch, dim)} float32 row-major, from the buffer's position to its limit
     */
    @Override
    public List<Distributions> query(FloatBuffer queries, double[] thetas) {
        Broadcast<float[]> sent = send(queries);
        IndexSource opened = source;
        try {
            return parts.map(part ->
                            opened.part(part).withoutReduction().partial(FloatBuffer.wrap(sent.value()), thetas))
                    .treeReduce(PartialDistributions::merge)
                    .distributions();
        } finally {
            sent.destroy();
        }
    }

    /** The {@code k} keys with the greatest scores, or all where there are fewer; queries as in {@link #query}. */
    public Neighbors nearest(FloatBuffer queries, int k) {
        Broadcast<float[]> sent = send(queries);
        IndexSource opened = source;
        try {
            return parts.map(part -> opened.part(part).withoutReduction().nearest(FloatBuffer.wrap(sent.value()), k))
                    .treeReduce((some, others) -> some.merge(others, k));
        } finally {
            sent.destroy();
        }
    }

    private Broadcast<float[]> send(FloatBuffer queries) {
        float[] rows = new float[queries.remaining()];
        queries.duplicate().get(rows);
        return JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(rows);
    }

    /**
     * What network, cache and mixture say of every example: columns {@code id, label, p_net, p_mem, p, keys, key_scores}, the
     * nearest keys first. Answers pass through the driver, a batch at a time.
     *
     * @param k how many keys
     */
    public Dataset<Row> score(SparkExamples examples, Hyperparameters hyperparameters, int k) throws IOException {
        List<Row> rows = new ArrayList<>();
        examples.forEachBatch(Evaluation.BATCH, Progress.NONE, batch -> {
            Distributions memory = query(batch.features(), new double[] {hyperparameters.theta()})
                    .get(0);
            Neighbors nearest = nearest(batch.features(), k);
            for (int row = 0; row < batch.labels().length; row++) {
                Float[] network = new Float[classes()];
                Float[] cache = new Float[classes()];
                Float[] mixed = new Float[classes()];
                for (int c = 0; c < network.length; c++) {
                    network[c] = batch.probabilities()[row * network.length + c];
                    cache[c] = memory.probability(row, c);
                    mixed[c] = (float) hyperparameters.mix(network[c], cache[c]);
                }
                Long[] ids = new Long[nearest.k()];
                Float[] scores = new Float[nearest.k()];
                for (int place = 0; place < ids.length; place++) {
                    ids[place] = nearest.id(row, place);
                    scores[place] = nearest.score(row, place);
                }
                long id = examples.id(batch.first() + row);
                rows.add(RowFactory.create(id, batch.labels()[row], network, cache, mixed, ids, scores));
            }
        });
        return spark.createDataFrame(rows, SCORES);
    }

    @Override
    public void close() {
        parts.unpersist(true);
        OpenOnce.close(source.token());
    }
}
